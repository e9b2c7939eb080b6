# awk -f tools/lint-length.awk FILE...: long files and functions. Above the first limit a note, above the second an error.
BEGIN { note = 70; limit = 100; file_limit = 900 }
function flush_file() {
	if (name != "" && last > file_limit && name !~ /\.inc$/) {
		printf "%s: %d lines; %d is where to divide a file\n", name, last, file_limit
		bad = 1
	}
}
FNR == 1 { flush_file(); name = FILENAME; start = 0; head = "" }
{ last = FNR }
/^[A-Za-z_].*\(/ { head = $0; head_at = FNR }
/^{/ { start = FNR }
/^}/ && start {
	len = FNR - start + 1
	sub(/\(.*/, "", head)
	sub(/.*[ *]/, "", head)
	if (/^}[ \t]*$/ && len > limit) {
		printf "%s:%d: %s() has %d lines; the limit is %d\n", FILENAME, head_at, head, len, limit
		bad = 1
	} else if (/^}[ \t]*$/ && len > note && ENVIRON["LINT_NOTES"] != "")
		printf "%s:%d: note: %s() has %d lines\n", FILENAME, head_at, head, len
	start = 0
}
END { flush_file(); exit bad }
