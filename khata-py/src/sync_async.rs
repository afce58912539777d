//! One table of methods, two classes: each method waits in one of them, and is awaited in the other.

/// Makes the classes `$sync` and `$async`, which have the same methods, over handles of the type `$handle`.
///
/// Each of `calls` prepares a [`Call`](crate::call::Call), each of `lists` the [`Pages`](crate::listing::Pages) of a list,
/// attached to the interpreter. Methods in `common` are in both classes as they are, those in `sync` or `async` in that
/// class only. The argument after a semicolon takes all other keyword arguments, which are the fields of the input that it
/// names; `$handle::INPUTS` has those by the names of the methods.
macro_rules! sync_async {
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
