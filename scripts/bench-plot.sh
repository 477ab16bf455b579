#!/usr/bin/env bash
# Draws the counts of the bench with gnuplot: the cost of a page, on a busy host, and in the worst case.
# usage: bench-plot.sh JSON SVG        JSON: what make bench left in build/log/bench/bench.json
source "$(dirname "$0")/lib.sh"

json=$1 svg=$2
"$top/scripts/deps.sh" plot
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
python3 - "$json" "$data" <<-'END'
	import json, pathlib, sys

	SECOND, EIGHTH = "every second page taken", "seven of eight pages taken"
	rows = {}
	for row in json.loads(pathlib.Path(sys.argv[1]).read_text())["rows"]:
	    rows[row["operation"], row["memory"], row["pages"]] = row

	def sizes(operation, memory="fresh"):
	    return sorted(pages for name, state, pages in rows if name == operation and state == memory)

	def line(name, points):
	    text = "\n".join(f"{x} {y}" for x, y in points)
	    pathlib.Path(sys.argv[2], name).write_text(text + "\n" if text else sys.exit(f"error: the rows have nothing for '{name}'"))

	def values(column, operation, memory="fresh", each=True):
	    found = ((pages, rows[operation, memory, pages].get(column)) for pages in sizes(operation, memory))
	    return [(pages, value / pages if each else value) for pages, value in found if value]

	def sums(column, *operations, memory="fresh"):
	    parts = [dict(values(column, operation, memory)) for operation in operations]
	    return [(pages, sum(part[pages] for part in parts)) for pages in parts[0] if all(pages in part for part in parts)]

	line("lifecycle-posted", values("yardstick", "lifecycle"))
	line("lifecycle-flush", values("own", "lifecycle"))
	line("lifecycle-no-flush", values("own", "lifecycle, no flush needed"))
	line("free-posted", sums("posted", "create", "free"))
	line("free", sums("own", "create", "free") + sums("own", "scale: create", "scale: free")[1:])
	line("live", values("own", "create and free 16 pages, live arrays", each=False))
	line("threads", values("own", "create, list and free 16 pages, threads", each=False))
	line("look-up", values("own", "look up, live arrays", each=False))
	line("fresh", sums("own", "scale: create", "scale: free"))
	line("second", sums("own", "scale: create", "scale: free", memory=SECOND))
	line("eighth", sums("own", "scale: create", "scale: free", memory=EIGHTH))
	line("second-posted", sums("posted", "create", "free", memory=SECOND)[-1:])
	line("show", values("own", "quarantine: show"))
	line("retry", values("own", "quarantine: retry and free"))
	line("add", values("own", "quarantine: add a page", each=False))
END
gnuplot <<-END
	set terminal svg size 960,1020 font "sans-serif,13" background "white"
	set output "$svg"
	set multiplot layout 3,1
	set key outside right
	set grid ytics
	set logscale xy
	cd "$data"
	set title "What does a page cost?" font ",16"
	set xlabel "pages of the array"
	set ylabel "instructions per page"
	set xrange [0.8:350000]
	set xtics (1, 16, 128, 512, "12,800" 12800, "65,536" 65536, "262,144" 262144)
	plot "lifecycle-posted" with linespoints pt 6 lc "black" title "session, as posted", "lifecycle-flush" with linespoints pt 7 ps 0.5 lc "blue" title "session, flush needed", \
		"lifecycle-no-flush" with linespoints pt 7 ps 0.5 lc "web-green" title "session, no flush needed", "free-posted" with lines dt 2 lc "black" title "create and free, as posted", \
		"free" with linespoints pt 7 ps 0.5 dt 2 lc "blue" title "create and free"
	set title "What does a busy host cost?"
	set xlabel "live arrays, or threads on one CPU"
	set ylabel "instructions"
	set xrange [0.8:20000]
	set yrange [10:10000]
	set xtics (1, 2, 4, 8, 16, 100, 1000, "10,000" 10000)
	plot "live" with linespoints pt 7 ps 0.5 lc "blue" title "16 pages: create, free; beside arrays", "threads" with linespoints pt 5 ps 0.5 lc "red" title "the same with a list; in threads", \
		"look-up" with linespoints pt 7 ps 0.5 dt 2 lc "blue" title "find and claim; beside arrays"
	set title "What does the worst case cost?"
	set xlabel "pages of the array, or in quarantine"
	set ylabel "instructions per page"
	set xrange [8:350000]
	set autoscale y
	set xtics (10, 100, 1000, "12,800" 12800, "65,536" 65536, "262,144" 262144)
	plot "fresh" with linespoints pt 7 ps 0.5 lc "web-green" title "create and free, fresh", "second" with linespoints pt 7 ps 0.5 lc "blue" title "every second page taken", \
		"eighth" with linespoints pt 7 ps 0.5 lc "dark-blue" title "seven of eight taken", "second-posted" with points pt 6 lc "black" title "as posted, every second", \
		"add" with linespoints pt 5 ps 0.5 lc "red" title "quarantine: add", "show" with linespoints pt 5 ps 0.5 dt 2 lc "red" title "quarantine: show", \
		"retry" with linespoints pt 5 ps 0.5 dt 3 lc "red" title "quarantine: retry, free"
END
