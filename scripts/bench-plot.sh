#!/usr/bin/env bash
# Draws instructions per page over the size of an array from the rows of the bench, with gnuplot.
# usage: bench-plot.sh JSON SVG        JSON: what make bench left in build/log/bench/bench.json
source "$(dirname "$0")/lib.sh"

json=$1 svg=$2
"$top/scripts/deps.sh" plot
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
python3 - "$json" "$data" <<-'END'
	import json, pathlib, sys

	rows = json.loads(pathlib.Path(sys.argv[1]).read_text())["rows"]
	for operation in ("create", "free", "release"):
	    for memory, name in (("fresh", "fresh"), ("every second page taken", "scattered")):
	        mine = [row for row in rows if row["operation"] == operation and row["memory"] == memory]
	        for column, file in (("own", "ours"), ("posted", "posted"), ("yardstick", "yardstick")):
	            lines = [f"{row['pages']} {row[column] / row['pages']}" for row in mine if row.get(column)]
	            pathlib.Path(sys.argv[2], f"{operation}-{name}-{file}").write_text("\n".join(lines) + "\n")
END
gnuplot <<-END
	set terminal svg size 960,900 font "sans-serif,13" background "white"
	set output "$svg"
	set multiplot layout 3,1
	set logscale xy
	set xrange [0.8:16000]
	set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, "1024" 1024, "4096" 4096, "12,800" 12800)
	set ylabel "instructions per page"
	set key outside right
	set grid ytics
	cd "$data"
	set title "create, with the list of the first window"
	plot "create-fresh-yardstick" with points pt 6 ps 1.2 lc "black" title "posted, yardstick", "create-fresh-posted" with lines lc "black" title "posted, fresh", \
		"create-scattered-posted" with lines dt 2 lc "black" title "posted, scattered", "create-fresh-ours" with linespoints pt 7 ps 0.5 lc "blue" title "fresh", \
		"create-scattered-ours" with linespoints pt 7 ps 0.5 dt 2 lc "blue" title "scattered"
	set title "free what was never lent"
	plot "free-fresh-yardstick" with points pt 6 ps 1.2 lc "black" title "posted, yardstick", "free-fresh-posted" with lines lc "black" title "posted, fresh", \
		"free-scattered-posted" with lines dt 2 lc "black" title "posted, scattered", "free-fresh-ours" with linespoints pt 7 ps 0.5 lc "blue" title "fresh", \
		"free-scattered-ours" with linespoints pt 7 ps 0.5 dt 2 lc "blue" title "scattered"
	set title "release what came back: validate, write back, free; without the SEAMCALLs"
	set xlabel "pages"
	plot "release-fresh-yardstick" with points pt 6 ps 1.2 lc "black" title "posted, yardstick", "release-fresh-ours" with linespoints pt 7 ps 0.5 lc "blue" title "fresh", \
		"release-scattered-ours" with linespoints pt 7 ps 0.5 dt 2 lc "blue" title "scattered"
END
