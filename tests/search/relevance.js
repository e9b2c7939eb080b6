/*
 * relevance.js QUERIES ANSWERS - QUERIES has a line for each query with the place that the page at an address must
 * reach; ANSWERS what search_client.js said to them. Prints what was missed, and the mean reciprocal rank.
 */
"use strict";
const fs = require("fs"), [queries, answers] = process.argv.slice(2).map(file => fs.readFileSync(file, "utf8").split("\n").filter(line => line && line[0] !== "#"));
let sum = 0, misses = 0, slowest = 0, most = 0;

queries.forEach((line, i) => {
	const [query, place, address] = line.split("\t"), answer = JSON.parse(answers[i]);
	const rank = answer.hits.findIndex(hit => hit.url.split("#")[0] === "/" + address) + 1;
	sum += rank && 1 / rank;
	slowest = Math.max(slowest, answer.cpu_ms);
	most = Math.max(most, answer.bytes);
	if (!rank || rank > place) {
		misses++;
		console.log(`${query}: ${address} is ${rank ? "number " + rank : "not among the first"}, after ${answer.hits.slice(0, 3).map(hit => hit.url)}`);
	}
});
console.log(`mean reciprocal rank ${(sum / queries.length).toFixed(3)} of ${queries.length} queries; at most ${most} bytes loaded, ${slowest} ms CPU`);
process.exit(misses ? 1 : 0);
