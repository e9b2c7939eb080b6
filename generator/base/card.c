#include "base/card.h"

#include <assert.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/library.h"

#define FUNCTIONS(F) \
	F(cairo_create) \
	F(cairo_destroy) \
	F(cairo_arc) \
	F(cairo_close_path) \
	F(cairo_fill) \
	F(cairo_font_options_create) \
	F(cairo_font_options_destroy) \
	F(cairo_font_options_set_antialias) \
	F(cairo_font_options_set_hint_metrics) \
	F(cairo_font_options_set_hint_style) \
	F(cairo_image_surface_create) \
	F(cairo_line_to) \
	F(cairo_move_to) \
	F(cairo_new_path) \
	F(cairo_paint) \
	F(cairo_rectangle) \
	F(cairo_set_source_rgb) \
	F(cairo_surface_destroy) \
	F(cairo_surface_write_to_png_stream) \
	F(cairo_version_string) \
	F(g_object_unref) \
	F(pango_cairo_context_set_font_options) \
	F(pango_cairo_context_set_resolution) \
	F(pango_cairo_font_map_new) \
	F(pango_cairo_show_layout) \
	F(pango_font_description_free) \
	F(pango_font_description_from_string) \
	F(pango_font_description_set_absolute_size) \
	F(pango_font_map_create_context) \
	F(pango_language_from_string) \
	F(pango_context_set_language) \
	F(pango_layout_get_line_count) \
	F(pango_layout_get_pixel_size) \
	F(pango_layout_is_ellipsized) \
	F(pango_layout_new) \
	F(pango_layout_set_ellipsize) \
	F(pango_layout_set_font_description) \
	F(pango_layout_set_height) \
	F(pango_layout_set_line_spacing) \
	F(pango_layout_set_text) \
	F(pango_layout_set_width) \
	F(pango_layout_set_wrap) \
	F(pango_version_string)

struct api {
#define MEMBER(name) __typeof__(name) *name;
	FUNCTIONS(MEMBER)
#undef MEMBER
};

static const struct library_function functions[] = {
#define ROW(name) LIBRARY_FUNCTION(api, name),
	FUNCTIONS(ROW)
#undef ROW
};
static const char *const files[] = { "libpangocairo-1.0.so.0", "libpangocairo-1.0.0.dylib", NULL };

#define SERIF "Noto Serif,Source Serif 4,Georgia,DejaVu Serif,Noto Serif CJK SC,serif"
#define SANS "Noto Sans,Helvetica Neue,Arial,DejaVu Sans,Noto Sans CJK SC,sans-serif"

struct card_painter {
	struct api api;
	PangoContext *context;
};

/* The theme's colours: a sheet in a manila folder. */
enum colour { FOLDER = 0xece3cc, EDGE = 0xcfc4a6, SHEET = 0xffffff, INK = 0x17202a, SOFT = 0x545f6a, LINK = 0x0b4f8f };

#define MARGIN 64
#define TAB_TOP 44
#define TAB_HEIGHT 58
#define SHEET_TOP (TAB_TOP + TAB_HEIGHT)
#define INNER (CARD_WIDTH - 2 * MARGIN - 96) /* room for text on the sheet */
#define TEXT_LEFT (MARGIN + 48)
#define FOOT_TOP 548

struct card_painter *card_new(void)
{
	struct card_painter *p = arena_sys_alloc(sizeof(*p));
	cairo_font_options_t *options;
	PangoFontMap *map;

	if (!library_load(files, functions, sizeof(functions) / sizeof(functions[0]), &p->api)) {
		free(p);
		return NULL;
	}
	map = p->api.pango_cairo_font_map_new();
	p->context = p->api.pango_font_map_create_context(map);
	p->api.g_object_unref(map);
	/* No hints of a screen: letters have one form at one place. */
	options = p->api.cairo_font_options_create();
	p->api.cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	p->api.cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	p->api.cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	p->api.pango_cairo_context_set_font_options(p->context, options);
	p->api.cairo_font_options_destroy(options);
	p->api.pango_cairo_context_set_resolution(p->context, 96);
	return p;
}

void card_free(struct card_painter *p)
{
	if (!p)
		return;
	p->api.g_object_unref(p->context);
	free(p);
}

static void set_colour(struct card_painter *p, cairo_t *cr, enum colour c)
{
	p->api.cairo_set_source_rgb(cr, ((unsigned)c >> 16 & 255) / 255.0, ((unsigned)c >> 8 & 255) / 255.0,
				    ((unsigned)c & 255) / 255.0);
}

static void fill(struct card_painter *p, cairo_t *cr, enum colour c, const double box[4])
{
	set_colour(p, cr, c);
	p->api.cairo_rectangle(cr, box[0], box[1], box[2], box[3]);
	p->api.cairo_fill(cr);
}

/* With round corners at the top. */
static void fill_sheet(struct card_painter *p, cairo_t *cr, enum colour c, const double box[4])
{
	const double r = 12, quarter = 1.57079632679489662;

	set_colour(p, cr, c);
	p->api.cairo_new_path(cr);
	p->api.cairo_move_to(cr, box[0], box[1] + box[3]);
	p->api.cairo_arc(cr, box[0] + r, box[1] + r, r, 2 * quarter, 3 * quarter);
	p->api.cairo_arc(cr, box[0] + box[2] - r, box[1] + r, r, 3 * quarter, 4 * quarter);
	p->api.cairo_line_to(cr, box[0] + box[2], box[1] + box[3]);
	p->api.cairo_close_path(cr);
	p->api.cairo_fill(cr);
}

struct style {
	const char *font;
	double size; /* pixels */
	int width, lines;
	float spacing;
};

static PangoLayout *lay_out(struct card_painter *p, struct str text, const struct style *s)
{
	PangoFontDescription *font = p->api.pango_font_description_from_string(s->font);
	PangoLayout *l = p->api.pango_layout_new(p->context);

	p->api.pango_font_description_set_absolute_size(font, s->size * PANGO_SCALE);
	p->api.pango_layout_set_font_description(l, font);
	p->api.pango_font_description_free(font);
	p->api.pango_layout_set_width(l, s->width * PANGO_SCALE);
	p->api.pango_layout_set_height(l, -s->lines);
	p->api.pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	p->api.pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	p->api.pango_layout_set_line_spacing(l, s->spacing);
	p->api.pango_layout_set_text(l, text.len ? text.ptr : "", (int)text.len);
	return l;
}

/* Writes a text with its top left at x, y; its size in pixels. */
static void put_text(struct card_painter *p, cairo_t *cr, enum colour c, PangoLayout *l, double x, double y)
{
	set_colour(p, cr, c);
	p->api.cairo_move_to(cr, x, y);
	p->api.pango_cairo_show_layout(cr, l);
}

static void put_tab(struct card_painter *p, cairo_t *cr, struct str label)
{
	const struct style style = { SANS " Bold", 25, 600, 1, 0 };
	PangoLayout *l = lay_out(p, label, &style);
	int width, height;

	p->api.pango_layout_get_pixel_size(l, &width, &height);
	fill_sheet(p, cr, SHEET, (const double[4]){ MARGIN, TAB_TOP, width + 72, TAB_HEIGHT + 12 });
	put_text(p, cr, LINK, l, MARGIN + 36, TAB_TOP + (TAB_HEIGHT + 12 - height) / 2.0);
	p->api.g_object_unref(l);
}

/* The largest size at which the title needs no more than three lines; beyond the smallest it is cut. */
static double put_title(struct card_painter *p, cairo_t *cr, struct str title)
{
	static const double sizes[] = { 80, 72, 64, 56, 48 };
	int width, height;
	PangoLayout *l = NULL;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct style style = { SERIF " Semi-Bold", sizes[i], INNER, 3, 0.94f };

		if (l)
			p->api.g_object_unref(l);
		l = lay_out(p, title, &style);
		if (!p->api.pango_layout_is_ellipsized(l) &&
		    p->api.pango_layout_get_line_count(l) <= (sizes[i] > 64 ? 2 : 3))
			break;
	}
	p->api.pango_layout_get_pixel_size(l, &width, &height);
	put_text(p, cr, INK, l, TEXT_LEFT, SHEET_TOP + 38);
	p->api.g_object_unref(l);
	return SHEET_TOP + 38 + height;
}

/* The largest size at which it fits between title and foot. */
static void put_body(struct card_painter *p, cairo_t *cr, struct str text, double top)
{
	static const double sizes[] = { 40, 35, 31 };
	const double room = FOOT_TOP - 24 - (top + 20);
	PangoLayout *l = NULL;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && text.len; i++) {
		const int lines = (int)(room / (sizes[i] * 1.45));
		const struct style style = { SANS, sizes[i], INNER, lines < 4 ? lines : 4, 1.08f };

		if (lines < 1)
			continue;
		if (l)
			p->api.g_object_unref(l);
		l = lay_out(p, text, &style);
		if (!p->api.pango_layout_is_ellipsized(l))
			break;
	}
	if (!l)
		return;
	put_text(p, cr, SOFT, l, TEXT_LEFT, top + 20);
	p->api.g_object_unref(l);
}

static void put_foot(struct card_painter *p, cairo_t *cr, struct str site, struct str address)
{
	const struct style right = { SANS, 24, 420, 1, 0 };
	struct style left = { SERIF " Semi-Bold", 27, INNER - 24, 1, 0 };
	PangoLayout *l = lay_out(p, address, &right);
	int width, height;

	fill(p, cr, EDGE, (const double[4]){ TEXT_LEFT, FOOT_TOP, INNER, 2 });
	p->api.pango_layout_get_pixel_size(l, &width, &height);
	put_text(p, cr, SOFT, l, site.len ? TEXT_LEFT + INNER - width : TEXT_LEFT, FOOT_TOP + 24);
	p->api.g_object_unref(l);
	left.width -= width;
	l = lay_out(p, site, &left);
	put_text(p, cr, INK, l, TEXT_LEFT, FOOT_TOP + 20);
	p->api.g_object_unref(l);
}

static cairo_status_t on_png(void *ctx, const unsigned char *bytes, unsigned int n)
{
	buf_add_mem(ctx, bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

void card_draw(struct card_painter *p, const struct card *c, struct buf *png)
{
	cairo_surface_t *surface = p->api.cairo_image_surface_create(CAIRO_FORMAT_RGB24, CARD_WIDTH, CARD_HEIGHT);
	cairo_t *cr = p->api.cairo_create(surface);
	struct arena scratch = { 0 };
	cairo_status_t status;
	double y;

	p->api.pango_context_set_language(
		p->context, p->api.pango_language_from_string(c->lang.len ? str_z(&scratch, c->lang) : "en"));
	set_colour(p, cr, FOLDER);
	p->api.cairo_paint(cr);
	put_tab(p, cr, c->label);
	fill_sheet(p, cr, SHEET,
		   (const double[4]){ MARGIN, SHEET_TOP, CARD_WIDTH - 2 * MARGIN, CARD_HEIGHT - SHEET_TOP });
	/* Where the tab meets its sheet there is no corner. */
	fill(p, cr, SHEET, (const double[4]){ MARGIN, SHEET_TOP, 40, 40 });
	y = put_title(p, cr, c->title);
	put_body(p, cr, c->text, y);
	put_foot(p, cr, c->site, c->address);
	status = p->api.cairo_surface_write_to_png_stream(surface, on_png, png);
	assert(status == CAIRO_STATUS_SUCCESS);
	(void)status;
	p->api.cairo_destroy(cr);
	p->api.cairo_surface_destroy(surface);
	arena_release(&scratch);
}

struct digest card_key(struct card_painter *p)
{
	static const struct card sample = {
		.label = STR_INIT("AaBbGgQqRr 0123456789"),
		.title = STR_INIT("Hamburgefonstiv ÄÖÜß éèñ 中国人工智能"),
		.text = STR_INIT("The quick brown fox jumps over the lazy dog. Съешь ещё. 北京大学 Ελληνικά “…” – €%"),
		.site = STR_INIT("AaBbGgQqRr 0123456789"),
		.address = STR_INIT("example.org/0123456789"),
	};
	struct digest_state d;
	struct buf png;

	buf_init(&png, 0);
	card_draw(p, &sample, &png);
	digest_begin(&d);
	digest_add(&d, str_from(p->api.cairo_version_string()));
	digest_add(&d, str_from(p->api.pango_version_string()));
	digest_add(&d, buf_str(&png));
	buf_release(&png);
	return digest_end(&d);
}
