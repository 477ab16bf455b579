#!/usr/bin/env bash
# Makes the Debian package (make deb) in build/deb, by Debian's own tools, from a copy of the sources, because those tools
# write to the directory above. Its maintainer is who builds it: DEBFULLNAME and DEBEMAIL, or git's user, or the account.
# usage: deb.sh        Prints the path of the package.
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" deb
cd "$top"
# shellcheck disable=SC1091
eval "$(grep '^PACKAGE_VERSION=' dkms.conf)"
name=${DEBFULLNAME:-$(git config user.name || id -un)} mail=${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(hostname)")}
home=$top/build/deb
rm -rf "$home"
DESTDIR=$home "$top/scripts/install.sh" sources
source_tree=$(echo "$home"/usr/src/*)
cp -r debian "$source_tree"
sed -i "/^Priority:/a Maintainer: $name <$mail>" "$source_tree/debian/control"
cat >"$source_tree/debian/changelog" <<END
tdx-page-array ($PACKAGE_VERSION) unstable; urgency=medium

  * Built from source.

 -- $name <$mail>  $(date -R)
END
build() { cd "$source_tree" && dpkg-buildpackage --build=binary --no-sign; }
run_logged "$home/build.log" "building the Debian package" -- build
mv "$home"/usr/src/*.deb "$home"
rm -r "${home:?}/usr"
echo "$home"/*.deb
