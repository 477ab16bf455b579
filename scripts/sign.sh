#!/usr/bin/env bash
# Signs the modules that were built here with a key of the user's, by the program that came with the kernel's headers.
# usage: KEY=FILE CERT=FILE sign.sh KDIR        KEY may be a pkcs11: URI; KBUILD_SIGN_PIN is what protects it
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
[ -n "${KEY:-}" ] && [ -n "${CERT:-}" ] || die "which key? make sign KEY=/path/to/key.pem CERT=/path/to/certificate.der"
for file in "$KEY" "$CERT"; do
	[ "${file#pkcs11:}" != "$file" ] || [ -r "$file" ] || die "cannot read $file: there is nothing to sign with"
done
sign_file=$kdir/scripts/sign-file
[ -x "$sign_file" ] || die "$kdir has no scripts/sign-file: its kernel takes modules without a signature, or the headers are not complete"
cd "$top"
[ -f tdx_page_array.ko ] || die "there is no tdx_page_array.ko: run make first"
hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$/\1/p' "$kdir/.config" "$kdir/include/config/auto.conf" 2>/dev/null | head -n 1 || true)
mapfile -t modules < <(sed 's/\.o$/.ko/' modules.order)
for module in "${modules[@]}"; do
	signer=$(modinfo -F signer "$module")
	[ -z "$signer" ] || die "$(basename "$module") is signed by '$signer' already: to sign it anew, remove it and run make"
	"$sign_file" "${hash:-sha256}" "$KEY" "$CERT" "$module" || die "$(basename "$module") was not signed; $sign_file says why above"
	say "signed $module, by '$(modinfo -F signer "$module")'"
done
