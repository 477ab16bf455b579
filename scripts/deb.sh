#!/usr/bin/env bash
# Makes the Debian package (make deb) in build/deb, by Debian's own tools: debian/ says how. It is built from a copy, because
# those tools write to the directory above.
# usage: deb.sh        Prints the path of the package.
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" deb
home=$top/build/deb
rm -rf "$home"
DESTDIR=$home "$top/scripts/dkms.sh" source
source_tree=$(echo "$home"/usr/src/*)
cp -r "$top/debian" "$source_tree"
build() { cd "$source_tree" && dpkg-buildpackage --build=binary --no-sign; }
run_logged "$home/build.log" "building the Debian package" -- build
mv "$home"/usr/src/*.deb "$home"
rm -r "${home:?}/usr"
echo "$home"/*.deb
