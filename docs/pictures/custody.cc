// SPDX-License-Identifier: GPL-2.0
/*
 * Draws the states of custody and the ways between them as a graph for dot, from cxx/array/custody.hpp
 * itself: it tries every transition on every custody that transitions lead to, where the core allows
 * it. The names are those that the compiler knows.
 */
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "array/custody.hpp"

namespace {

using namespace tdx;

/* How the compiler spells an enumerator: "... [with auto value = tdx::CustodyState::kHost]". */
template <auto value> std::string enumerator()
{
	const std::string_view text(__PRETTY_FUNCTION__);
	const std::size_t begin = text.rfind("::k") + 2;

	return std::string(text.substr(begin, text.find_first_of("];", begin) - begin));
}

template <auto... values> std::string name_among(decltype((values, ...)) wanted)
{
	std::string name;

	((values == wanted ? void(name = enumerator<values>()) : void()), ...);
	return name;
}

constexpr auto
	&state_name = name_among<CustodyState::kHost, CustodyState::kRefused, CustodyState::kModule,
				 CustodyState::kReturned, CustodyState::kDoubtful>;
constexpr auto &outcome_name = name_among<HandOverOutcome::kNotRun, HandOverOutcome::kAccepted,
					  HandOverOutcome::kRefused, HandOverOutcome::kUnknown>;
constexpr auto &fate_name = name_among<Fate::kFree, Fate::kFlush, Fate::kReclaim, Fate::kAsk,
				       Fate::kAskOrKeep, Fate::kKeep, Fate::kQuarantine>;

constexpr Hkid kKeyid(32);
constexpr CompletionStatus kAny(0);

/* Two of each way back, with their first page: one hand-over is all of an object, or the next one continues it. */
constexpr std::array kHandOvers = {
	std::pair{0U, HandOver{Leaf::kSpdmCreate, 16, kKeyid}},
	std::pair{0U, HandOver{Leaf::kExtMemAdd, 512, kKeyid}},
	std::pair{512U, HandOver{Leaf::kExtMemAdd, 1024, kKeyid}},
	std::pair{0U, HandOver{Leaf::kMngAddcx, 1, kKeyid}},
	std::pair{1U, HandOver{Leaf::kMngAddcx, 2, kKeyid}},
};

constexpr std::array kOutcomes = {HandOverOutcome::kNotRun, HandOverOutcome::kAccepted,
				  HandOverOutcome::kRefused, HandOverOutcome::kUnknown};

struct Way {
	std::string from, to, by;

	friend auto operator<=>(const Way &, const Way &) = default;
};

bool may_hand_over(const Custody &custody, u32 offset, const HandOver &what)
{
	if (row_of(what.leaf).way_back == Leaf::kSpdmDelete)
		return custody.allows_new_object(what.hkid);
	return custody.allows_next_window(what.leaf, what.hkid, offset);
}

/* Every custody that can come next, and by what. */
std::vector<std::pair<Custody, std::string>> steps_of(const Custody &custody)
{
	std::vector<std::pair<Custody, std::string>> next;

	for (const auto &[offset, what] : kHandOvers) {
		if (!may_hand_over(custody, offset, what))
			continue;
		for (const HandOverOutcome outcome : kOutcomes)
			next.emplace_back(custody.after_hand_over(what, outcome, kAny),
					  outcome_name(outcome));
	}
	if (custody.allows_delete_by(Leaf::kSpdmDelete)) {
		next.emplace_back(custody.after_return(Leaf::kSpdmDelete, kAny), "after_return()");
		next.emplace_back(custody.after_doubt(Leaf::kSpdmDelete, kAny), "after_doubt()");
	}
	return next;
}

std::string text_of(const Result<Fates> &fates)
{
	if (!fates)
		return "-EBUSY";
	return fate_name(fates->owned) + ", " + fate_name(fates->touched) + ", " +
	       fate_name(fates->untouched);
}

/* Whose the pages are: the host's, the module's, unknown. */
const char *colour_of(CustodyState state)
{
	switch (state) {
	case CustodyState::kHost:
	case CustodyState::kRefused:
	case CustodyState::kReturned:
		return "#dcefd9";
	case CustodyState::kModule:
		return "#f6d5d1";
	case CustodyState::kDoubtful:
		return "#fbeebc";
	}
	return "white";
}

constexpr const char *kStyle = R"(
	graph [bgcolor="white", fontname="Helvetica,Arial,sans-serif", fontsize=12, nodesep=0.9, ranksep=0.7, pad=0.2];
	node [shape=box, style="rounded,filled", fontname="Helvetica,Arial,sans-serif", fontsize=13, margin="0.2,0.12"];
	edge [fontname="Helvetica,Arial,sans-serif", fontsize=11, color="#555555"];
	{ rank=same; kHost; how; }
	how [shape=note, style=filled, fillcolor="#eef2f7", fontsize=11, label=<
		<b>outcome_of()</b> a hand-over:<br align="left"/>
		is_success(): kAccepted<br align="left"/>
		not module_ran(): kNotRun, nothing changes<br align="left"/>
		says_no(): kRefused<br align="left"/>
		anything else: kUnknown<br align="left"/>
		<br align="left"/>
		after an interruption:<br align="left"/>
		is_success(): kAccepted; anything else: kUnknown<br align="left"/>
		<br align="left"/>
		<b>release:</b> fate of [0, owned), of [owned, touched), of the rest<br align="left"/>>];
	kHost -> how [style=invis];)";

} // namespace

int main()
{
	std::vector<Custody> all = {Custody()};
	std::set<Way> ways;
	std::map<std::string, std::set<std::string>> endings;
	std::map<std::string, const char *> colours;

	for (std::size_t i = 0; i < all.size(); i++) {
		const Custody custody = all[i];
		const std::string from = state_name(custody.state());

		endings[from].insert(text_of(custody.release()));
		colours[from] = colour_of(custody.state());
		for (const auto &[next, by] : steps_of(custody)) {
			/* What did not run changes nothing, and is not drawn. */
			if (next == custody)
				continue;
			ways.insert({from, state_name(next.state()), by});
			if (std::ranges::find(all, next) == all.end())
				all.push_back(next);
		}
	}

	puts("digraph custody {");
	puts(kStyle);
	for (const auto &[state, texts] : endings) {
		std::string lines;

		for (const std::string &text : texts)
			lines += "<br/>release: " + text;
		printf("\t%s [fillcolor=\"%s\", label=<<b>%s</b><font "
		       "point-size=\"10\">%s</font>>];\n",
		       state.c_str(), colours[state], state.c_str(), lines.c_str());
	}
	std::map<std::pair<std::string, std::string>, std::string> labels;
	for (const Way &way : ways)
		labels[{way.from, way.to}] += way.by + "\\n";
	for (const auto &[ends, label] : labels)
		printf("\t%s -> %s [label=\" %s\"%s];\n", ends.first.c_str(), ends.second.c_str(),
		       label.c_str(), ends.first == ends.second ? ", headport=e, tailport=e" : "");
	puts("}");
	return 0;
}
