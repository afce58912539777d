//! One table of methods, two classes: each method waits in one of them, and is awaited in the other.

/// Makes the classes `$sync` and `$async`, which have the same methods, over handles of the type `$handle`.
///
/// Each of `calls` prepares a [`Call`](crate::call::Call), each of `lists` the [`Pages`](crate::listing::Pages) of a list,
/// attached to the interpreter. Methods in `common` are in both classes as they are, those in `sync` or `async` in that
/// class only. The argument after a semicolon takes all other keyword arguments, which are the fields of the input that it
/// names; `$handle::INPUTS` has those by the names of the methods. Each of `documents` is a kind that has no more than what
/// all kinds have: its methods are among the calls and lists.
macro_rules! sync_async {
    (
        $handle:ident => $sync:ident, $async:ident;
        $(#[doc = $doc:literal])+
        common { $($common:tt)* }
        sync { $($only_sync:tt)* }
        async { $($only_async:tt)* }
        documents { $(
            $document:ty: $new:ty => {
                $adds:literal $add:ident,
                $gets:literal $get:ident,
                $voids:literal $void:ident,
                $lists_all:literal $all:ident
            }
        )* }
        calls { $($calls:tt)* }
        lists { $($lists:tt)* }
    ) => {
        $crate::sync_async::sync_async! {
            $handle => $sync, $async;
            $(#[doc = $doc])+
            common { $($common)* }
            sync { $($only_sync)* }
            async { $($only_async)* }
            calls {
                $($calls)*
                $(
                    #[doc = $adds]
                    #[pyo3(signature = (*, dry_run = false, idempotency_key = None, **fields))]
                    fn $add(this, py, dry_run: bool, idempotency_key: Option<&str>; fields: $new) -> Row {
                        this.add(py, fields, Options { over_limit: false, dry_run, key: idempotency_key })
                    }

                    #[doc = $gets]
                    #[pyo3(signature = ($get, /))]
                    fn $get(this, py, $get: &Bound<'_, PyAny>) -> Row {
                        this.document::<$document>(py, $get)
                    }

                    #[doc = $voids]
                    #[pyo3(signature = ($get, /, *, reason, date = None, dry_run = false, idempotency_key = None))]
                    fn $void(
                        this, py, $get: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
                        dry_run: bool, idempotency_key: Option<&str>,
                    ) -> Row {
                        let options = Options { over_limit: false, dry_run, key: idempotency_key };
                        this.void::<$document>(py, $get, (reason, date), options)
                    }
                )*
            }
            lists {
                $($lists)*
                $(
                    #[doc = $lists_all]
                    #[pyo3(signature = (*, customer_id = None, from_ = None, to = None))]
                    fn $all(
                        this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
                        to: Option<&Bound<'_, PyAny>>,
                    ) {
                        this.documents::<$document>(py, this.filter(customer_id, from_, to)?)
                    }
                )*
            }
        }
    };
    (
        $handle:ident => $sync:ident, $async:ident;
        $(#[doc = $doc:literal])+
        common { $($common:tt)* }
        sync { $($only_sync:tt)* }
        async { $($only_async:tt)* }
        calls { $(
            $(#[$attribute:meta])*
            fn $name:ident($this:ident, $py:ident $(, $argument:ident: $type:ty)* $(,)? $(; $fields:ident: $input:ty)?) -> $answer:ty $body:block
        )* }
        lists { $(
            $(#[$list_attribute:meta])*
            fn $list:ident($list_this:ident, $list_py:ident $(, $list_argument:ident: $list_type:ty)* $(,)?) $list_body:block
        )* }
    ) => {
        $(#[doc = $doc])+
        #[pyo3::pyclass(frozen, module = "khata")]
        pub(crate) struct $sync(pub(crate) $handle);

        $(#[doc = $doc])+
        #[pyo3::pyclass(frozen, module = "khata")]
        pub(crate) struct $async(pub(crate) $handle);

        impl $handle {
            /// The inputs whose fields are keyword arguments, by the names of the methods.
            pub(crate) const INPUTS: &[(&str, &khata_core::record::InputDescription)] =
                &[$($((stringify!($name), <$input as khata_core::record::Input>::DESCRIPTION),)?)*];

            $(
                fn $name(
                    $this: &Self,
                    $py: pyo3::Python<'_>,
                    $($argument: $type,)*
                    $($fields: crate::form::Fields<'_, '_, $input>,)?
                ) -> pyo3::PyResult<crate::call::Call<$answer>> $body
            )*
            $(
                fn $list(
                    $list_this: &Self,
                    $list_py: pyo3::Python<'_>,
                    $($list_argument: $list_type),*
                ) -> pyo3::PyResult<crate::listing::Pages> $list_body
            )*
        }

        #[pyo3::pymethods]
        impl $sync {
            $($common)*
            $($only_sync)*
            $(
                $(#[$attribute])*
                fn $name(
                    &self,
                    $py: pyo3::Python<'_>,
                    $($argument: $type,)*
                    $($fields: Option<&pyo3::Bound<'_, pyo3::types::PyDict>>,)?
                ) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                    let call = $handle::$name(&self.0, $py, $($argument,)* $(crate::form::Fields::new($fields))?)?;
                    let answer = call.wait($py)?;
                    crate::call::Answer::into_answer(answer, $py)
                }
            )*
            $(
                $(#[$list_attribute])*
                fn $list(
                    &self,
                    $list_py: pyo3::Python<'_>,
                    $($list_argument: $list_type),*
                ) -> pyo3::PyResult<crate::listing::Listing> {
                    let pages = $handle::$list(&self.0, $list_py, $($list_argument),*)?;
                    Ok(crate::listing::Listing::new(self.0.guard().clone(), pages))
                }
            )*
        }

        #[pyo3::pymethods]
        impl $async {
            $($common)*
            $($only_async)*
            $(
                $(#[$attribute])*
                fn $name(
                    &self,
                    $py: pyo3::Python<'_>,
                    $($argument: $type,)*
                    $($fields: Option<&pyo3::Bound<'_, pyo3::types::PyDict>>,)?
                ) -> pyo3::PyResult<crate::call::Coroutine> {
                    let call = $handle::$name(&self.0, $py, $($argument,)* $(crate::form::Fields::new($fields))?)?;
                    Ok(call.coroutine())
                }
            )*
            $(
                $(#[$list_attribute])*
                fn $list(
                    &self,
                    $list_py: pyo3::Python<'_>,
                    $($list_argument: $list_type),*
                ) -> pyo3::PyResult<crate::listing::AsyncListing> {
                    let pages = $handle::$list(&self.0, $list_py, $($list_argument),*)?;
                    Ok(crate::listing::AsyncListing::new(self.0.guard().clone(), pages))
                }
            )*
        }
    };
}

pub(crate) use sync_async;
