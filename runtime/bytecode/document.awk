# docs/bytecode.md from opcodes.def and the actions in job.h: run by `make docs`.
BEGIN {
	print "# Bytecode\n"
	print "What `ppmc disasm` shows. A program is a list of instructions over vector registers: each works on a batch of up to 1,024 rows. This page is made from"
	print "`runtime/bytecode/opcodes.def` and `job.h` by `make docs`.\n"
	print "Registers: `m` masks (flags, presence, selections), `f` numbers, `l` money of 4 places and points, `x` money of 12 places, `i` dates, durations and"
	print "texts, `h` small points. `K[k]` is a constant. Where an instruction names `M[e]`, only those rows can fail or be counted as missing."
}
/^\/\/ ---- / { sub(/^\/\/ ---- /, ""); printf "\n## %s%s\n\n| instruction | meaning |\n|---|---|\n", toupper(substr($0, 1, 1)), substr($0, 2) }
/^OP\(/ {
	name = $0; sub(/^OP\(/, "", name); sub(/,.*/, "", name)
	meaning = $0; sub(/^[^"]*"/, "", meaning); sub(/"\)[^"]*$/, "", meaning)
	gsub(/\|/, "\\|", meaning)
	printf "| `%s` | %s |\n", tolower(name), meaning
}
/^\tPPM_ACTION_/ {
	if (!actions++) {
		print "\n## Actions\n"
		print "A model with figures across rows is a job: tables with kept columns, links between their rows, trees, and actions in order. What computes comes with a program: its"
		print "columns are fields (`load`), kept columns of its table, of the company's one row, or of a pair's two rows; what it stores is listed under `kept`. A stage begins where"
		print "figures of the last steps are computed with.\n"
		print "| action | meaning |\n|---|---|"
	}
	name = $1; sub(/^PPM_ACTION_/, "", name); sub(/,$/, "", name); gsub(/_/, " ", name)
	meaning = $0; sub(/^[^\/]*\/\/ /, "", meaning)
	printf "| `%s` | %s |\n", tolower(name), meaning
}
