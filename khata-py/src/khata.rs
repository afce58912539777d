//! An open database, with the books of many shops.

use std::net::IpAddr;
use std::path::PathBuf;

use ::khata::{Database, OpenError, Place};
use khata_core::auth::{Client, KeyRing, Password};
use khata_core::calendar::TimeZone;
use khata_core::error::Violation;
use khata_core::money::Currency;
use khata_core::owner::NewOwner;
use khata_core::phone::MobileNumber;
use khata_core::{Error, Khata as Core};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use secrecy::SecretString;

use crate::call::{Call, Coroutine, Nothing};
use crate::fork::{ForkGuard, Guarded};
use crate::record::own::Login;
use crate::record::{Row, SignedHead};
use crate::shop::{AsyncShop, Shop, ShopHandle};
use crate::sync_async::sync_async;
use crate::transfer::{self, Outcome, Progress};
use crate::{error, form, runtime};

/// An open database.
pub(crate) struct KhataHandle {
    open: Guarded<Open>,
}

#[derive(Clone)]
struct Open {
    khata: Core,
    keys: KeyRing,
    database: Database,
}

/// Opens the database, and waits for it.
#[pyfunction]
#[pyo3(signature = (url, *, secret = None))]
pub(crate) fn open(py: Python<'_>, url: String, secret: Option<String>) -> PyResult<Khata> {
    let keys = keys(py, secret)?;
    let runtime = runtime::runtime()?;
    let opened = runtime::wait(py, runtime, KhataHandle::open(&url, keys, ForkGuard::new(runtime)))?;
    opened.map(Khata).map_err(|failed| error::not_opened(py, &failed))
}

/// The same, to be awaited.
#[pyfunction]
#[pyo3(signature = (url, *, secret = None))]
pub(crate) fn aopen(py: Python<'_>, url: String, secret: Option<String>) -> PyResult<Coroutine> {
    let keys = keys(py, secret)?;
    let runtime = runtime::runtime()?;
    let opening = async move { Ok(Opening(KhataHandle::open(&url, keys, ForkGuard::new(runtime)).await)) };
    Ok(Call::read(runtime, opening).coroutine())
}

/// What came of opening a database.
struct Opening(Result<KhataHandle, OpenError>);

impl crate::call::Answer for Opening {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let handle = self.0.map_err(|failed| error::not_opened(py, &failed))?;
        Ok(Py::new(py, AsyncKhata(handle))?.into_any())
    }
}

/// The keys that tokens are signed with: made of the secret, or for this process only.
fn keys(py: Python<'_>, secret: Option<String>) -> PyResult<KeyRing> {
    let Some(secret) = secret else { return Ok(KeyRing::generate()) };
    let keys = KeyRing::from_secret(&SecretString::from(secret));
    keys.map_err(|fault| error::exception(py, &Error::Invalid(vec![fault.at("secret")])))
}

/// The address of a client, as a text or an object of `ipaddress`.
fn address(peer: Option<&Bound<'_, PyAny>>) -> PyResult<Option<IpAddr>> {
    peer.map(|peer| peer.str()?.to_str()?.parse::<IpAddr>().map_err(PyErr::from)).transpose()
}

impl KhataHandle {
    async fn open(url: &str, keys: KeyRing, guard: ForkGuard) -> Result<Self, OpenError> {
        let database = Database::open(url).await?;
        let khata = Core::builder(database.store()).keys(keys.clone()).build();
        Ok(Self { open: Guarded::new(guard, Open { khata, keys, database }) })
    }

    fn guard(&self) -> &ForkGuard {
        &self.open.guard
    }

    fn core(&self) -> Core {
        self.open.get().khata.clone()
    }

    fn place(&self) -> Place {
        self.open.get().database.place().clone()
    }

    fn authenticated(&self, py: Python<'_>, token: String) -> PyResult<Call<ShopHandle>> {
        let (khata, guard, place) = (self.core(), self.guard().clone(), self.place());
        Ok(Call::read(self.guard().runtime(py)?, async move {
            Ok(ShopHandle::new(guard, place, khata.authenticate(&token).await?))
        }))
    }

    fn of_owner(&self, py: Python<'_>, owner: &Bound<'_, PyAny>) -> PyResult<Call<ShopHandle>> {
        let (khata, guard, place) = (self.core(), self.guard().clone(), self.place());
        let owner = form::id(owner)?;
        Ok(Call::read(self.guard().runtime(py)?, async move {
            Ok(ShopHandle::new(guard, place, khata.shop(owner).await?))
        }))
    }

    /// Closes it once, and only in the process that opened it: elsewhere there is nothing to close.
    fn closing(&self, py: Python<'_>) -> PyResult<Option<Call<Nothing>>> {
        if self.guard().is_forked() {
            return Ok(None);
        }
        let runtime = self.guard().runtime(py);
        if !self.guard().close() {
            return Ok(None);
        }
        let Open { khata, database, .. } = self.open.get().clone();
        khata.stop_waiting();
        Ok(Some(Call::write(runtime?, async move {
            database.close().await;
            Ok(Nothing)
        })))
    }
}

sync_async! {
    KhataHandle => Khata, AsyncKhata;

    /// An open database, with the books of many shops. As a context manager it closes itself.
    common {
        /// Whether a key of this database signed that head, unchanged.
        #[pyo3(signature = (head, /))]
        fn vouches_for(&self, head: &Bound<'_, SignedHead>) -> PyResult<bool> {
            Ok(SignedHead::core(head)?.is_signed_by(&self.0.open.get().keys))
        }
    }

    sync {
        /// Opens the shop of a session by its token. Raises Unauthorized.
        fn authenticate(&self, py: Python<'_>, token: String) -> PyResult<Shop> {
            self.0.authenticated(py, token)?.wait(py).map(Shop)
        }

        /// Opens a shop, for a program that authenticates its users itself. Raises NotFound.
        #[pyo3(signature = (owner, /))]
        fn shop(&self, py: Python<'_>, owner: &Bound<'_, PyAny>) -> PyResult<Shop> {
            self.0.of_owner(py, owner)?.wait(py).map(Shop)
        }

        /// Waits for what is under way, and closes the database.
        fn close(&self, py: Python<'_>) -> PyResult<()> {
            self.0.closing(py)?.map_or(Ok(()), |call| call.wait(py).map(|Nothing| ()))
        }

        fn __enter__(slf: Py<Self>) -> Py<Self> {
            slf
        }

        #[pyo3(signature = (*_raised))]
        fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
            self.close(py)
        }
    }

    async {
        /// Opens the shop of a session by its token. Raises Unauthorized.
        fn authenticate(&self, py: Python<'_>, token: String) -> PyResult<Coroutine> {
            Ok(self.0.authenticated(py, token)?.map(AsyncShop).coroutine())
        }

        /// Opens a shop, for a program that authenticates its users itself. Raises NotFound.
        #[pyo3(signature = (owner, /))]
        fn shop(&self, py: Python<'_>, owner: &Bound<'_, PyAny>) -> PyResult<Coroutine> {
            Ok(self.0.of_owner(py, owner)?.map(AsyncShop).coroutine())
        }

        /// Waits for what is under way, and closes the database.
        fn close(&self, py: Python<'_>) -> PyResult<Coroutine> {
            Ok(self.0.closing(py)?.map_or_else(|| Coroutine::ready(py.None()), Call::coroutine))
        }

        fn __aenter__(slf: Py<Self>) -> Coroutine {
            Coroutine::ready(slf.into_any())
        }

        #[pyo3(signature = (*_raised))]
        fn __aexit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<Coroutine> {
            self.close(py)
        }
    }

    calls {
        /// Registers a shop owner, with an empty book. Currency and time zone never change. With `peer`, the address that
        /// the registration came from, registrations are limited by it.
        ///
        /// Raises Invalid, Conflict (`mobile_taken`), Throttled.
        #[pyo3(signature = (*, peer = None, **fields))]
        fn register(this, py, peer: Option<&Bound<'_, PyAny>>; fields: NewOwner) -> Row {
            let new = fields.read(py, TimeZone::KOLKATA, Currency::default())?;
            let client = Client { peer: address(peer)?, device: None };
            let khata = this.core();
            Ok(Call::write(this.guard().runtime(py)?, async move {
                let owner = khata.register_from(&client, new).await?;
                Ok(Row::new(&owner, owner.currency))
            }))
        }

        /// Opens a session. `peer` is the address that the attempt came from, by which failed attempts are counted; with the
        /// `device` of an earlier login they are counted apart, so that the guesses of others don't keep the owner out.
        ///
        /// Raises Unauthorized, whatever is wrong, and Throttled.
        #[pyo3(signature = (mobile_number, password, *, peer = None, device = None))]
        fn login(
            this, py, mobile_number: String, password: String, peer: Option<&Bound<'_, PyAny>>, device: Option<String>,
        ) -> Row {
            let client = Client { peer: address(peer)?, device: device.map(SecretString::from) };
            let khata = this.core();
            Ok(Call::write(this.guard().runtime(py)?, async move {
                // What is no mobile number is nobody's.
                let mobile = MobileNumber::parse(&mobile_number).map_err(|_| Error::WrongCredentials)?;
                let login = khata.login(&mobile, &SecretString::from(password), &client).await?;
                Ok(Row::new(&Login::from(login), Currency::default()))
            }))
        }

        /// Imports a book that was exported as JSON lines, or what is missing of it here; all of the file is checked
        /// first. The owner of a shop that is new here logs in with `password`.
        ///
        /// `progress` is called with the number of entries done and their total, from a thread of Khata's where it is
        /// awaited; an exception that it raises ends the import, and another import continues from there. With
        /// `dry_run` nothing is written, and the result says what would be.
        ///
        /// Raises Invalid if a line is wrong, Conflict (`import_hindered`) if the database has something else.
        #[pyo3(signature = (path, /, *, password, dry_run = false, progress = None))]
        fn import_book(
            this, py, path: PathBuf, password: &str, dry_run: bool, progress: Option<Py<PyAny>>,
        ) -> Outcome<Row> {
            let password = Password::parse(password);
            let wrong = |fault: Violation| error::exception(py, &Error::Invalid(vec![fault.at("password")]));
            let (khata, password, progress) = (this.core(), password.map_err(wrong)?, Progress::new(progress));
            Ok(Call::write(this.guard().runtime(py)?, async move {
                let imported = transfer::import(khata, path, password, dry_run, progress).await;
                Ok(Outcome(imported.map(|imported| Row::new(&imported, Currency::default()))))
            }))
        }

        /// Checks that the database answers. Raises Unavailable.
        fn ping(this, py) -> Nothing {
            let khata = this.core();
            Ok(Call::read(this.guard().runtime(py)?, async move {
                khata.ping().await?;
                Ok(Nothing)
            }))
        }
    }

    lists {}
}
