# awk -f tools/lint-layers.awk generator/LAYERS FILE...: includes against the law of the house.
function module_of(path,    m) { # "text/toml_scan.c" is of module "text/toml"
	m = path
	sub(/\.[ch]$/, "", m)
	return m
}
function first_word(m,    n, part) { # "text/toml_scan" to "text/toml"
	n = split(m, part, "/")
	sub(/_.*/, "", part[n])
	return part[1] "/" part[n]
}
function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
function glob_match(pattern, text) {
	if (pattern ~ /\*$/)
		return index(text, substr(pattern, 1, length(pattern) - 1)) == 1
	return pattern == text
}
FILENAME ~ /LAYERS$/ {
	sub(/#.*/, "")
	if ($1 == "floor") level[$2] = ++floors
	if ($1 == "apart") apart[$2] = 1
	if ($1 == "prints") prints[$2] = 1
	if ($1 == "door") for (i = 3; i <= NF; i++) doors[$2] = doors[$2] " " $i
	if ($1 == "open") for (i = 2; i <= NF; i++) open[$i] = 1
	next
}
FNR == 1 {
	path = FILENAME
	sub(/^generator\//, "", path)
	floor = path
	sub(/\/.*/, "", floor)
	module = module_of(path)
	if (!(floor in level))
		complain("'" floor "' is no floor of generator/LAYERS")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	target = q[2]
	if (target !~ /\//) {
		complain("\"" target "\" is not written from generator/ as root")
		next
	}
	into = target
	sub(/\/.*/, "", into)
	if (!(into in level))
		complain("\"" target "\" lies in no floor")
	else if (level[into] > level[floor])
		complain("\"" target "\" lies on a higher floor than " floor "/")
	else if (into == floor && (floor in apart) && target ~ /\.h$/ && first_word(module_of(target)) != first_word(module))
		complain("\"" target "\" is a peer; files of " floor "/ never include each other")
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	target = $0
	sub(/^[^<]*</, "", target)
	sub(/>.*/, "", target)
	if (target in open)
		next
	known = 0
	allowed = 0
	for (d in doors) {
		if (!glob_match(d, target))
			continue
		known = 1
		n = split(doors[d], list, " ")
		for (i = 1; i <= n; i++)
			if (glob_match(list[i], module) || list[i] == first_word(module))
				allowed = 1
	}
	if (!known)
		complain("<" target "> has no door in generator/LAYERS")
	else if (!allowed)
		complain("<" target "> is included outside its door")
}
/(^|[^a-z_])(printf|puts|putchar|perror|exit|_exit)\(/ && !(floor in prints) && !/^[ \t]*(\/?\*|\/\/)/ && module != "base/arena" {
	line = $0
	gsub(/"([^"\\]|\\.)*"/, "", line)
	if (line ~ /(^|[^a-z_])(printf|puts|putchar|perror|exit|_exit)\(/)
		complain("nothing below app/ prints or ends the program")
}
END { exit bad }
