#!/bin/sh
# Stands in for cargo where maturin packs what the tests have built: it asks for that as the tests do, with a test among it
# so that the dependencies of tests count, and nothing is built again for other features or variables.
if [ "$1" = rustc ]; then
    for variable in $(env | sed -n 's/^\(PYO3_[A-Z_]*\|CARGO_PKG_[A-Z_]*\|CARGO_MANIFEST_[A-Z_]*\)=.*/\1/p'); do
        unset "$variable"
    done
    set -- build --workspace --all-features --lib --bin khata --test conformance \
        --message-format json-render-diagnostics
fi
exec "$KHATA_CARGO" "$@"
