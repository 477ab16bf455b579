# SPDX-License-Identifier: GPL-2.0
# C++ in Kbuild: rules to compile a .cc to an .o that is an ordinary member of a composite module.
#
# The kernel's flags are not listed here: they are those that Kbuild gives the C objects of this module (code model,
# mitigations, stack protector, tracing, sanitizers, ...), less those for C alone, plus those that C++ needs in a
# kernel. Warnings are our own set, so that a new C warning of a later kernel cannot break C++.

# Only for C, or replaced below. Type information stays out (-g1), because pahole makes BTF from C types alone.
cxx_drop := -std=% -W% -g -gdwarf% -gz%
# Without x87, clang refuses every header that has a long double. The gate makes sure that no code uses one.
cxx_drop += $(if $(CONFIG_CC_IS_CLANG),-mno-80387 -mno-fp-ret-in-387)
cxx_keep := -Wframe-larger-than=% -Wa$(comma)%

cxx_add := -x c++ -std=gnu++23 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit \
	-fvisibility=hidden -fvisibility-inlines-hidden $(if $(CONFIG_DEBUG_INFO),-g1) \
	-Wall -Wextra -Wundef -Wmissing-declarations -Wvla -Wshadow -Wnon-virtual-dtor -Wsuggest-override -Wno-missing-field-initializers \
	$(if $(WERROR),-Werror)
# Unique symbols cannot be flattened (see below); clang neither has nor needs the flag.
cxx_add += $(call cc-option,-fno-gnu-unique)

cxx_flags = -Wp,-MMD,$(depfile) \
	$(filter-out $(filter-out $(filter $(cxx_keep),$(_c_flags) $(modkern_cflags)), \
		$(filter $(cxx_drop),$(_c_flags) $(modkern_cflags))),$(_c_flags) $(modkern_cflags)) \
	$(basename_flags) $(modname_flags) $(cxx_add)

# Inline functions live in COMDAT groups. "ld -r" keeps one copy of each, but the __mcount_loc record of a discarded copy
# would stay: so each object is flattened first. objtool has to see the result.
cmd_cxx_flatten = ; $(LD) $(KBUILD_LDFLAGS) -r --force-group-allocation -o $(tmp-target) $@; mv $(tmp-target) $@
cmd_cxx_gate = ; $(CONFIG_SHELL) $(src)/scripts/gate.sh $@

quiet_cmd_cxx_o_cc = CXX $(quiet_modtag) $@
      cmd_cxx_o_cc = $(CC) $(cxx_flags) -c -o $@ $< \
		$(cmd_ld_single) \
		$(cmd_cxx_flatten) \
		$(cmd_objtool) \
		$(cmd_cxx_gate)

define rule_cxx_o_cc
	$(call cmd_and_fixdep,cxx_o_cc)
	$(call cmd,gen_objtooldep)
	$(call cmd,record_mcount)
endef

$(obj)/%.o: $(obj)/%.cc $(src)/scripts/gate.sh FORCE
	$(call if_changed_rule,cxx_o_cc)
