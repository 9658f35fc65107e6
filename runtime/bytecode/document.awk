# docs/bytecode.md from opcodes.def: run by `make docs`.
BEGIN {
	print "# Bytecode\n"
	print "What `ppmc disasm` shows. A program is a list of instructions over vector registers: each works on a batch of up to 1,024 rows. This page is made from"
	print "`runtime/bytecode/opcodes.def` by `make docs`.\n"
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
