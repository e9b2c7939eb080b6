/*
 * The search page. The index is a set of small scripts that call dossierSearch(name, data), written as
 * generator/stage/search.h says; a query loads only those it needs. Classic, no fetch: works from file://
 * and under "default-src 'self'". Texts and places come from the data attributes of its script element.
 */
(() => {
	"use strict";
	const text = document.currentScript.dataset, $ = s => document.querySelector(s);
	const form = $(".search"), input = form.elements.q, kinds = form.elements.kind;
	const status = $(".search-status"), results = $(".search-results"), more = $(".search-more");
	/* By level: text by frequency, summary, heading, name, whole name. */
	const weights = [0.3, 0.55, 0.8, 1, 1.6, 2.2, 4, 7];
	const cjk = "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Bopomofo}\\p{sc=Hangul}ー]";
	const tokens = new RegExp(`\\d+(?:,\\d{3})+(?!\\d)|${cjk}+|(?:(?!${cjk})[\\p{L}\\p{M}\\p{N}])+`, "gu"), cjkFirst = new RegExp("^" + cjk, "u");
	const isCjk = w => cjkFirst.test(w), loads = {}, arrived = {}, parsed = {};
	let index, run = 0, timer;

	window.dossierSearch = (name, data) => arrived[name](data);
	const load = name => loads[name] = loads[name] || new Promise(done => {
		const el = document.createElement("script");
		arrived[name] = done;
		el.onerror = () => done(delete loads[name] && null);
		el.src = text.index.replace("index.js", name + ".js");
		document.head.append(el);
	});

	/* Words, as the generator splits them. */
	const letters = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ħ: "h", ŧ: "t", ı: "i", ς: "σ" };
	const fold = s => !/[^\0-\x7f]/.test(s) ? s.toLowerCase() : s.normalize("NFKC").toLowerCase().normalize("NFD").replace(/([\p{sc=Latin}\p{sc=Greek}])\p{M}+/gu, "$1")
		.normalize("NFC").replace(/[ßæœøđðþłħŧıς]/g, c => letters[c]);
	const stem = w => !index.stems || !/^[a-z]{3,}s$/.test(w) || /(u|s|i)s$/.test(w) ? w :
		/([^ae]|^)ies$/.test(w) ? w.slice(0, -3) + "y" : w.slice(0, -1);
	const bare = w => fold(w).replace(/,/g, "");
	const split = s => (s.replace(/([\p{L}\p{M}\p{N}])['’]\p{L}(?![\p{L}\p{M}\p{N}])/gu, "$1").match(tokens) || []).map(bare);
	function hash(chars) {
		let h = 2166136261;
		for (const c of chars)
			h = Math.imul(h ^ c.codePointAt(0), 16777619);
		h = Math.imul(h ^ h >>> 15, 0x2c1b3c6d);
		return (h ^ h >>> 12) >>> 0;
	}
	const shard = w => hash([...w].slice(0, isCjk(w) ? 1 : index.depth)) & index.t - 1;

	/* Numbers, postings (slot * 8 + level), terms. */
	function number(r) {
		const c = r.s.charCodeAt(r.at++), v = c - (c > 92 ? 35 : c > 34 ? 34 : 33);
		return v < 62 ? v : v + 30 * number(r);
	}
	function postings(r, n) {
		const list = [];
		for (let slot = 0; n-- > 0; slot++) {
			const v = number(r);
			slot += v >> 3;
			list.push(slot << 3 | v & 7);
		}
		return list;
	}
	async function entries(name) {
		const r = { s: await load(name) || "", at: 0 }, out = [], type = name[0];
		for (let w = ""; !parsed[name] && r.at < r.s.length;) {
			const shared = type === "p" ? 0 : number(r), end = r.s.indexOf(" ", r.at), e = {};
			e.w = w = w.slice(0, shared) + r.s.slice(r.at, end);
			r.at = end + 1;
			if (type !== "r") {
				const head = number(r);
				e.n = head >> 1;
				e.common = head & 1;
				if (type === "p" || e.n <= index.inline)
					e.list = postings(r, e.n);
			}
			out.push(e);
		}
		return parsed[name] = parsed[name] || out;
	}

	/* At most one letter put in, left out, changed, or swapped with the next. */
	function near(a, b) {
		let i = 0;
		if (a.length > b.length)
			return near(b, a);
		while (i < a.length && a[i] === b[i])
			i++;
		if (a.length < b.length)
			return a.slice(i) === b.slice(i + 1);
		return a.slice(i + 1) === b.slice(i + 1) || a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
	}
	const among = async (w, quality) =>
		(await entries("t/" + shard(w))).map(e => ({ e, q: quality(e.w) })).filter(f => f.q);
	/* A mistake in the first letters: the last ones lead to what was meant. */
	async function mistyped(w) {
		const back = [...w].reverse(), d = index.depth;
		const all = await entries("r/" + (hash(back.slice(0, 2)) & index.r - 1));
		const meant = all.filter(e => near(e.w, back.join(""))).map(e => [...e.w].reverse().join(""));
		meant.push(w.slice(0, d - 1) + w[d] + w[d - 1] + w.slice(d + 1));
		return (await Promise.all(meant.slice(0, 5).map(m => among(m, x => x === m && 0.5)))).flat();
	}
	async function lookUp(t) {
		const { w, raw, prefix } = t;
		let found = await among(w, x => x === w ? 1 : prefix && x.startsWith(raw) && 0.6);
		if (!found.length && prefix && w.length > 4 && !isCjk(w) && !/\d/.test(w)) {
			found = await among(w, x => near(x, w) ? 0.5 : near(x.slice(0, raw.length), raw) && 0.3);
			if (!found.length)
				found = await mistyped(w);
		}
		t.found = found.sort((a, b) => b.q - a.q || b.e.n - a.e.n).slice(0, 8);
		await Promise.all(t.found.map(async ({ e }) => {
			const all = e.list || await entries("p/" + (shard(e.w) * index.p + (hash(e.w) >>> 8 & index.p - 1)));
			e.list = e.list || (all.find(x => x.w === e.w) || { list: [] }).list;
		}));
	}

	/* Tokens to look up; runs of CJK and phrases, which stand in the index in pieces. */
	function understand(q) {
		const query = { tokens: [], whole: [], seen: new Map(), name: fold(q).replace(/"/g, "").trim() };
		q.replace(/[“”„]/g, '"').replace(/"([^"]*)"?|[^"]+/g, (piece, quoted) => {
			const words = split(piece);
			for (const w of words) {
				const chars = [...w], prefix = quoted === undefined;
				if (!isCjk(w) || chars.length < 2)
					query.tokens.push({ w: stem(w), raw: w, prefix });
				else
					query.whole.push(w);
				for (let i = 1; isCjk(w) && i < chars.length; i++)
					query.tokens.push({ w: chars[i - 1] + chars[i], raw: w });
			}
			if (quoted && words.length > 1)
				query.whole.push(` ${words.map(stem).join(" ")} `);
		});
		query.tokens.splice(12);
		return query;
	}
	function rank(query, only) {
		const pages = [];
		let needed = 0, most = 0;
		for (const { found } of query.tokens) {
			const best = [], counts = found.some(f => f.e.common) ? 0 : 1;
			needed += counts;
			for (const { e, q } of found) {
				const idf = q * Math.log(1 + (index.n - e.n + 0.5) / (e.n + 0.5));
				for (const p of e.list)
					best[p >> 3] = Math.max(best[p >> 3] || 0, idf * weights[p & 7]);
			}
			best.forEach((score, id) => {
				const r = pages[id] || { id, score: 0, n: 0 };
				if (only && !only.has(id))
					return;
				r.score += score;
				most = Math.max(most, r.n += counts);
				pages[id] = r;
			});
		}
		query.isPartial = most < needed;
		return pages.filter(r => r.n === most).sort((a, b) => b.score - a.score || a.id - b.id);
	}

	/* Which tokens of the query a word of a text stands for. */
	function meant(word, query) {
		if (!query.seen.has(word)) {
			const w = bare(word), stemmed = stem(w);
			query.seen.set(word, isCjk(w) ? [] : [...query.tokens.keys()].filter(i => {
				const t = query.tokens[i];
				return t.prefix && w.startsWith(t.raw) || t.found.some(f => f.e.w === stemmed);
			}));
		}
		return query.seen.get(word);
	}
	/* Where words of the query stand in `s`: [start, end, which]. */
	function places(s, query) {
		const out = [];
		for (const m of s.matchAll(tokens))
			for (const i of meant(m[0], query))
				out.push([m.index, m.index + m[0].length, i]);
		for (const { raw } of query.tokens)
			for (let at = isCjk(raw) ? s.indexOf(raw) : -1; at >= 0; at = s.indexOf(raw, at + 1))
				out.push([at, at + raw.length, raw]);
		return out.sort((a, b) => a[0] - b[0]);
	}
	/* Phrases, and runs of CJK as they stand. */
	function isIn(s, query) {
		const plain = query.whole.length ? ` ${split(s).map(stem).join(" ")} ` : "";
		return query.whole.every(w => plain.includes(w));
	}
	function make(tag, name, s, query) {
		const el = document.createElement(tag);
		let at = 0;
		if (name)
			el.className = name;
		for (const [from, to] of query ? places(s, query) : []) {
			if (from < at)
				continue;
			el.append(s.slice(at, from), make("mark", "", s.slice(from, to)));
			at = to;
		}
		el.append(s.slice(at));
		return el;
	}
	/* The sentence that has most of the words with its heading, the first of such; else the summary. */
	function excerpt(page, query) {
		let best = { n: 0, s: page[4], id: "" };
		for (const [id, title, body] of page[5])
			for (const s of body.match(/[^\n.!?。！？]+(?:[.!?](?!\s)[^\n.!?。！？]*)*[.!?。！？]*["”’')\]」』）]*/g) || []) {
				const found = places(s, query), n = found.length && new Set([...found, ...places(title, query)].map(p => p[2])).size + (isIn(s, query) ? 9 : 0);
				const from = n && found[0][0] > 160 ? s.lastIndexOf(" ", found[0][0] - 60) + 1 : 0;
				if (n > best.n)
					best = { n, s: (from ? "… " : "") + s.slice(from).trim(), id };
			}
		if (best.s.length > 300)
			best.s = best.s.slice(0, best.s.lastIndexOf(" ", 290) + 1 || 290) + "…";
		return best;
	}
	function show(page, query) {
		const [url, title, kind, names] = page, li = make("li", "", ""), head = make("h2", "", ""), ex = excerpt(page, query);
		const link = make("a", "", title, query);
		const alias = !link.querySelector("mark") && names.find(name => places(name, query).length);
		link.href = text.root + url.slice(1) + (text.offline && url.endsWith("/") ? "index.html" : "") + (ex.id && "#" + ex.id);
		head.append(link, " ", make("span", "kind", index.kinds[kind][1]));
		li.append(head, alias ? make("p", "also", text.also.replace("{name}", alias), query) : "", make("p", "summary", ex.s, query));
		results.append(li);
	}
	/* Of a very long page only the beginning is known. */
	const fits = (page, query) => page[6] || isIn([page[1], page[4], ...page[3], ...page[5].flat()].join("|"), query);
	const bonus = (page, query) => Math.max(...[page[1], ...page[3]].map(fold)
		.map(name => name === query.name ? 3 : name.startsWith(query.name) ? 1.3 : 1));

	/* Ten more of what was found. */
	async function next(state) {
		const { query, hits } = state, mine = run, part = hits.slice(state.at, state.at += 10);
		const pages = await Promise.all(part.map(hit => load("d/" + hit.id)));
		if (mine !== run)
			return;
		const good = pages.map((page, i) => ({ page, score: page ? part[i].score * bonus(page, query) : 0 }))
			.filter(hit => hit.page && fits(hit.page, query)).sort((a, b) => b.score - a.score);
		good.forEach(hit => show(hit.page, query));
		state.shown += good.length;
		more.hidden = state.at >= hits.length;
		more.onclick = async () => {
			const n = results.children.length;
			await next(state);
			move(n, 0);
		};
		if (!state.shown && !more.hidden && state.at < 20)
			return next(state);
		const fixed = query.tokens.filter(t => t.found[0] && t.found[0].q < 0.6).map(t => t.found[0].e.w);
		const n = query.whole.length ? state.shown : hits.length;
		const said = query.whole.length && !more.hidden ? text.first : n > 1 ? text.count : n ? text.one : text.none;
		status.textContent = said.replace("{n}", n) +
			(n && fixed.length ? " " + text.fixed.replace("{word}", fixed.join(" ")) : n && query.isPartial ? " " + text.partial : "");
	}
	async function search() {
		const mine = ++run, q = input.value.trim(), kind = kinds.value;
		index = index || await load("index");
		if (!index)
			return void (status.textContent = text.failed);
		const query = understand(q), r = { s: kind && await load("k/" + kind), at: 0 };
		await Promise.all(query.tokens.map(lookUp));
		if (mine !== run)
			return;
		try {
			const params = new URLSearchParams(q ? kind ? { q, kind: index.kinds[kind][0] } : { q } : {});
			history.replaceState(null, "", q ? "?" + params : location.pathname);
		} catch (e) {
			/* from file:// the address stays as it is */
		}
		results.textContent = status.textContent = "";
		more.hidden = true;
		if (query.tokens.length)
			await next({ query, hits: rank(query, r.s && new Set(postings(r, number(r) >> 1).map(p => p >> 3))), at: 0, shown: 0 });
	}

	function move(from, step) {
		const links = [...results.querySelectorAll("h2 a")], at = from + step;
		(at < 0 ? input : links[Math.min(at, links.length - 1)] || input).focus();
	}
	document.addEventListener("keydown", e => {
		const at = [...results.querySelectorAll("h2 a")].indexOf(e.target), isIn = at >= 0 || e.target === input;
		if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing)
			return;
		if (e.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) || e.key === "Escape" && at >= 0)
			input.select();
		else if (isIn && e.key === "ArrowDown" || at >= 0 && e.key === "ArrowUp")
			move(at, e.key === "ArrowDown" ? 1 : -1);
		else
			return;
		e.preventDefault();
	});
	form.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(search, 120);
	});
	form.addEventListener("submit", async e => {
		e.preventDefault();
		clearTimeout(timer);
		await search();
		move(0, 0);
	});

	form.hidden = false;
	load("index").then(data => {
		const wanted = new URLSearchParams(location.search);
		(data ? data.kinds : []).forEach(([id, , plural, n], i) =>
			n && kinds.append(new Option(`${plural} (${n})`, i, false, wanted.get("kind") === id)));
		input.value = input.value || wanted.get("q") || "";
		if (input.value)
			search();
		else
			input.focus();
	});
})();
