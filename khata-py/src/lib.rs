//! Khata for Python: the extension module `khata._khata`, on which the package `khata` stands.
//!
//! Each call becomes a `call::Call` of core's, which is waited for or awaited; `sync_async!` makes both classes from one
//! table. Arguments become a `form` and results a `record`, both by the descriptions of core's inputs and records; errors
//! become an exception in `error`.

mod call;
mod describe;
mod error;
mod fork;
mod form;
mod khata;
mod listing;
mod names;
mod new;
mod record;
mod runtime;
mod shop;
mod sync_async;
mod table;
mod transfer;

use pyo3::prelude::*;

/// The extension module of Khata. Import `khata` instead.
// No lock of the interpreter's is relied on: on a free-threaded build it stays off.
#[pymodule(gil_used = false)]
fn _khata(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(khata::open, module)?)?;
    module.add_function(wrap_pyfunction!(khata::aopen, module)?)?;
    module.add_class::<khata::Khata>()?;
    module.add_class::<khata::AsyncKhata>()?;
    module.add_class::<shop::Shop>()?;
    module.add_class::<shop::AsyncShop>()?;
    module.add_class::<listing::Listing>()?;
    module.add_class::<listing::AsyncListing>()?;
    module.add_class::<call::Coroutine>()?;
    let end = wrap_pyfunction!(runtime::_end, module)?;
    module.py().import("atexit")?.call_method1("register", (end,))?;
    module.add_function(wrap_pyfunction!(describe::_describe, module)?)?;
    new::register(module)?;
    record::register(module)?;
    // What is public, the package says.
    module.delattr("__all__")
}
