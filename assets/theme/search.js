/* The search page: reads the index that generator/stage/search.h describes, from a disk too. */
(() => {
	"use strict";
	const text = document.currentScript.dataset, $ = s => document.querySelector(".search" + s), form = $("");
	const { q: input, kind } = form.elements, status = $("-status"), list = $("-results"), more = $("-more");
	const cjk = "[\\p{sc=Hani}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Bopo}\\p{sc=Hang}ー]", letter = "[\\p{L}\\p{M}\\p{N}]";
	const tokens = RegExp(`\\d+(,\\d{3})+(?!\\d)|${cjk}+|((?!${cjk})${letter})+(['’]\\p{L}(?!${letter}))?`, "gu");
	const cjkFirst = RegExp("^" + cjk, "u"), isCjk = w => cjkFirst.test(w), loads = {}, arrived = {};
	let index, run = 0, timer, typing;

	/* The number at r.at in r.s. */
	function number(r) {
		const c = r.s.charCodeAt(r.at++), v = c - 33 - (c > 34) - (c > 92);
		return v < 62 ? v : v + 30 * number(r);
	}
	/* Terms, and where their postings are. */
	function parse(s) {
		const out = [], r = { s, at: 0 };
		let w = "";
		while (r.at < s.length) {
			w = w.slice(0, number(r)) + s.slice(r.at, r.at = s.indexOf(" ", r.at));
			r.at++;
			const head = number(r), n = head >> 2, far = head & 2, size = n && !far && number(r);
			out.push({ w, n, common: head & 1, far, s, at: r.at });
			r.at += size;
		}
		return out;
	}
	window.dossierSearch = (name, data) => arrived[name](data.trim ? parse(data) : data);
	const make = (tag, more, ...content) => {
		const el = Object.assign(document.createElement(tag), more);
		el.append(...content);
		return el;
	};
	const load = name => loads[name] ||= new Promise(done => {
		arrived[name] = done;
		document.head.append(make("script", { src: text.index.replace("index.js", name + ".js"), onerror: () => done([]) }));
	});

	/* Words as the generator splits them. */
	const letters = "ßss æae œoe øo đd ðd þth łl ħh ŧt ıi ςσ";
	const fold = s => s.normalize("NFKD").toLowerCase().replace(/([\p{sc=Latn}\p{sc=Grek}])\p{M}+/gu, "$1").normalize("NFKC")
		.replace(/[^ -~]/g, c => letters.split(c)[1]?.split(" ")[0] ?? c);
	const bare = w => fold(w).replace(/,|['’].*/g, "");
	const stem = w => !index.stems || !/^[a-z]{3,}s$/.test(w) || /[usi]s$/.test(w) ? w : w.replace(/(?<=^|[^ae])ies$/, "ys").slice(0, -1);
	const split = s => (s.match(tokens) || []).map(bare);
	const hash = s => [...s].reduce((h, c) => Math.imul(h ^ c.codePointAt(), 16777619), -2128831035);
	const shard = w => hash([...w].slice(0, isCjk(w) ? 1 : index.depth)) & index.t - 1;

	const terms = w => load("t/" + shard(w));
	const lists = w => load("p/" + (shard(w) * index.p + (hash(w) >>> 8 & index.p - 1)));
	const among = async (w, quality) => Promise.all((await terms(w)).filter(e => quality(e.w)).map(e => ({ ...e, q: quality(e.w) }))
		.sort((a, b) => b.q - a.q || b.n - a.n).slice(0, 8).map(async e => e.far ? { ...e, ...(await lists(e.w)).find(x => x.w === e.w) } : e));
	const turned = w => [...w].reverse().join("");
	async function lookUp(t) {
		/* What has a letter more, less, another, or two swapped. */
		const { w, prefix } = t, apart = x => Math.abs(x.length - w.length), swapped = i => w.slice(0, i) + (w[i + 1] || "") + w[i] + w.slice(i + 2);
		const like = RegExp(`^(${[...w].map((c, i) => `${w.slice(0, i)}.{0,2}${w.slice(i + 1)}|${swapped(i)}`).join("|")})`);
		const meant = x => among(x, y => like.test(y) && 0.5 / (1 + apart(y)));
		/* A word that comes whole is mostly no rare one. */
		if (index.p && w[index.depth] && !loads["t/" + shard(w)])
			lists(w);
		/* Of fewer letters than a shard has: names that begin so. */
		const begin = prefix && !isCjk(w) && w.length < index.depth && "^" + w;
		t.found = (await Promise.all([among(w, x => x === w ? 1 : prefix && x.startsWith(t.raw) && 0.6),
			begin ? among(begin, x => x === begin && 0.6) : []])).flat().map(e => ({ ...e, w: e.w === begin ? w : e.w }));
		if (t.found[0] || !prefix || !/^\D{5,}$/.test(w) || isCjk(w))
			return;
		t.found = await meant(w);
		if (t.found[0])
			return;
		/* A mistake in the first letters: two are swapped, or the last ones lead to what was meant. */
		const [ends, ...found] = await Promise.all([load("r/" + (hash(turned(w).slice(0, 2)) & index.r - 1)),
			...[...w].slice(0, index.depth).map((c, i) => meant(swapped(i)))]);
		const end = ends.map(e => turned(e.w)).find(x => like.test(x) && apart(x) < 2);
		t.found = found.flat();
		if (end && !t.found[0])
			t.found = await among(end, x => x === end && 0.5);
	}
	/* What to look up; and what must stand as it is: CJK, phrases. */
	function understand(s) {
		const q = { tokens: [], whole: [], seen: Object.create(null) };
		for (const [, quoted, prefix] of s.replace(/[“”„]/g, '"').matchAll(/"([^"]*)"?|([^"]+)/g)) {
			const words = split(prefix || quoted);
			for (const w of words) {
				isCjk(w) && q.whole.push(w);
				q.tokens.push(...isCjk(w) && w.match(/.(?=.)/gu)?.map((c, i) => ({ w: c + [...w][i + 1] })) || [{ w: stem(w), raw: w, prefix }]);
			}
			if (quoted && words[1])
				q.whole.push(` ${words.map(stem).join(" ")} `);
		}
		q.tokens.splice(12);
		return q;
	}
	function rank(q) {
		const array = () => new Float64Array(index.d << index.bits), scores = array(), counts = array(), weights = [0.3, 0.55, 0.9, 1.6, 2.2, 4, 7], hits = [];
		let needed = 0, most = 0;
		for (const { found, worth } of q.tokens) {
			const best = array(), slots = [], count = worth ?? !found.some(e => e.common);
			const rarity = Math.log((index.n + 1) / (Math.max(...found.map(e => e.n)) + 0.5));
			needed += count;
			for (const e of found) {
				const r = { ...e };
				for (let slot = 0, n = e.n; n-- > 0; slot++) {
					const v = number(r), level = v & 3, score = e.q * weights[level < 3 ? level : 3 + number(r)];
					slot += v >> 2;
					if (!best[slot])
						slots.push(slot);
					if (score > best[slot])
						best[slot] = score;
				}
			}
			for (const slot of slots) {
				if (!scores[slot])
					hits.push(slot);
				scores[slot] += best[slot] * rarity;
				most = Math.max(most, counts[slot] = worth === 0 ? needed : counts[slot] + count);
			}
		}
		q.partial = most < needed;
		return hits.filter(slot => counts[slot] === most && (most > 99 || needed < 99)).sort((a, b) => scores[b] - scores[a] || a - b);
	}

	/* Where words of the query stand in `s`: [start, end, which]. */
	function places(s, q) {
		const out = [];
		for (const { 0: word, index: at } of s.matchAll(tokens))
			for (const t of q.seen[word] ||= isCjk(word) ? [] : q.tokens.filter(t =>
				t.prefix && bare(word).startsWith(t.raw) || t.found.some(e => e.w === stem(bare(word)))))
				out.push([at, at + word.length, t]);
		for (const w of q.whole)
			for (let at = -1; (at = s.indexOf(w, at + 1)) >= 0;)
				out.push([at, at + w.length, w]);
		return out.sort((a, b) => a[0] - b[0]);
	}
	const isIn = (s, q, plain) => q.whole.every(w => (plain ||= ` ${split([s].flat(3).join("|")).map(stem).join(" ")} `).includes(w));
	const marked = (s, q) => {
		const out = [];
		let done = 0;
		for (const [from, to] of places(s, q))
			if (from >= done)
				out.push(s.slice(done, from), make("mark", 0, s.slice(from, done = to)));
		return [...out, s.slice(done)];
	};

	/*
	 * A page is [slot, address, title, kind, names, summary, [[id, heading, text], …], whether there is more]. Large
	 * sites leave the text to the page itself; where it cannot be read, the summary will do.
	 */
	async function read(p) {
		try {
			const all = new DOMParser().parseFromString(await (await fetch(text.root + p[1])).text(), "text/html");
			let id = "";
			p[6] = [...all.querySelectorAll(".prose :is(h2,h3,h4,p,li,td), [id^=fact-]")].map(el => [id = el.id || id, "", el.textContent]);
		} catch (e) {}
	}
	function show(p, q) {
		const link = make("a", 0, ...marked(p[2], q)), excerpt = make("p", { className: "summary" });
		const alias = !link.querySelector("mark") && p[4].find(name => places(name, q)[0]);
		/* The first sentence with most of the words, if it has more than title and summary. */
		const draw = () => {
			const count = (s, title) => new Set(places(s + " " + title, q).map(m => m[2])).size + 9 * q.whole.length * isIn(s, q);
			let most = p[5] && count(p[5], p[2]), best = p[5], hash = "";
			for (const [id, title, body] of p[6] || [])
				for (const s of body.match(/.+?([.!?]["”’')\]]*(?=\s)|[。！？][」』）]*|$)/gm) || []) {
					const at = places(s, q)[0]?.[0], n = at >= 0 && count(s, title);
					if (n > most)
						[most, best, hash] = [n, at > 160 ? "… " + s.slice(s.lastIndexOf(" ", at - 60) + 1) : s, id && "#" + id];
				}
			link.href = text.root + p[1] + hash;
			excerpt.replaceChildren(...marked(best.trim(), q));
			return most < q.size;
		};
		list.append(make("li", 0, make("h2", 0, link, " ", make("span", { className: "kind" }, p[3])),
			alias ? make("p", { className: "also" }, ...marked(text.also.replace("{name}", alias), q)) : "", excerpt));
		if (draw() && !p[6])
			return () => new IntersectionObserver(([seen], eye) => seen.isIntersecting && (eye.disconnect(), read(p).then(draw))).observe(excerpt);
	}
	/* Ten more pages. */
	async function next(q, hits, from, shown) {
		const mine = run, whole = q.whole[0], later = [], pages = hits.slice(from, from += 10).map(async id => {
			const p = (await load("d/" + (id >> index.bits))).find(p => p[0] === id);
			if (p && !p[6] && !isIn(p, q))
				await read(p);
			return p;
		});
		for await (const p of pages) {
			if (mine !== run)
				return;
			if (p && (p[7] || isIn(p, q))) {
				if (!shown++)
					list.textContent = "";
				later.push(show(p, q));
			}
		}
		later.forEach(read => read?.());
		if (!shown)
			list.textContent = "";
		more.hidden = from >= hits.length;
		more.onclick = () => next(q, hits, from, shown).then(() => move(shown));
		if (!shown && !more.hidden && from < 20)
			return next(q, hits, from, 0);
		const fixed = q.tokens.filter(t => t.found[0]?.q < 0.6).map(t => t.found[0].w).join(" "), n = whole ? shown : hits.length;
		status.textContent = (n > 1 ? text.count : n ? text.one : text.none).replace("{n}", whole && !more.hidden ? n + "+" : n) +
			(n && fixed ? " " + text.fixed.replace("{word}", fixed) : n && q.partial ? " " + text.partial : "");
	}
	async function search() {
		const mine = ++run, s = input.value.trim();
		clearTimeout(typing);
		clearTimeout(timer);
		timer = setTimeout(() => status.textContent = text.loading, 400);
		index = await load("index");
		const q = understand(s), name = () => q.tokens.map(t => (t.found?.[0] || t).w).join("");
		q.size = q.tokens.length;
		/* A kind is a term too, and a whole name, which mostly stands where its first word does. */
		const whole = { worth: 0 }, only = { w: "=" + kind.value, worth: 99 };
		await Promise.all([...[...q.tokens, ...kind.value ? [only] : []].map(lookUp), terms(name())]);
		whole.w = name();
		await lookUp(whole);
		q.tokens.push(whole, ...kind.value ? [only] : []);
		if (mine !== run)
			return;
		clearTimeout(timer);
		more.hidden = true;
		const answer = q.size && index.n && next(q, rank(q), 0, 0);
		if (!answer) {
			list.textContent = "";
			status.textContent = index.n ? "" : text.failed;
		}
		try {
			history.replaceState(null, "", s ? "?" + new URLSearchParams({ q: s, ...kind.value && { kind: kind.value } }) : location.pathname);
		} catch (e) {} /* some refuse it from a disk */
		await answer;
	}

	const links = () => [...list.querySelectorAll("h2 a")], move = to => (links()[Math.min(to, links().length - 1)] || input).focus();
	document.onkeydown = e => {
		const i = links().indexOf(e.target), step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
		if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing)
			return;
		if (e.key === "/" && !/INPUT|SELECT/.test(e.target.tagName) || e.key === "Escape" && i >= 0)
			input.select();
		else if (step && i >= 0 || step > 0 && e.target === input)
			move(i + step);
		else
			return;
		e.preventDefault();
	};
	form.oninput = () => {
		clearTimeout(typing);
		typing = setTimeout(search, 50);
	};
	form.onsubmit = e => {
		e.preventDefault();
		search().then(() => move(0));
	};
	const wanted = new URLSearchParams(location.search);
	split("é’s 中"); /* compiles the expressions before anybody waits */
	form.hidden = false;
	kind.value = wanted.get("kind") || "";
	input.value ||= wanted.get("q") || "";
	load("index");
	input.value ? search() : input.focus();
})();
