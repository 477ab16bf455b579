#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Keeps Module.symvers beside the module that DKMS has built, where newer releases of DKMS put it by themselves.
# usage: keep-symvers.sh DIRECTORY        in the build directory
exec cp Module.symvers "$1/Module.symvers"
