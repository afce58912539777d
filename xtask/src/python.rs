//! The Python package: its wheel, and a virtual environment to test it in.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::step::{Failed, Step};
use crate::{find, program, target, wheel};

/// Where maturin is to look for cargo: see there.
const CARGO: &str = include_str!("cargo_for_maturin.sh");

/// A virtual environment under `target/python`.
struct Environment {
    folder: PathBuf,
}

/// Builds the wheel that is given away, with every store: optimised, into `target/wheels`.
pub(crate) fn wheel() -> Result<(), Failed> {
    let environment = Environment::with(&["requirements-build.txt"])?;
    let wheels = target()?.join("wheels");
    environment.maturin("wheel").args(["--release", "--locked"]).arg("--out", &wheels).run()
}

/// Packs what the tests have built into a wheel, installs it, and runs the package's tests on it. `variables` are those of
/// the stores.
pub(crate) fn test(variables: &[(&str, String)]) -> Result<(), Failed> {
    let environment = Environment::with(&["requirements-build.txt", "requirements-test.txt"])?;
    environment.install_what_was_built()?;
    let tests = environment.python("the Python package's tests").args(["-m", "pytest"]);
    let tests = tests.arg("-c", &package().join("pyproject.toml")).args([package().join("tests")]);
    let tests = tests.env("KHATA_PROGRAM", target()?.join("debug/khata"));
    variables.iter().fold(tests, |tests, (name, value)| tests.env(name, value)).run()
}

/// Writes the types and stubs that are generated from the extension module.
pub(crate) fn stubs() -> Result<(), Failed> {
    let environment = Environment::with(&["requirements-build.txt"])?;
    environment.install_what_was_built()?;
    environment.python("stubs").args([package().join("stubs/generate.py")]).run()
}

impl Environment {
    /// The environment with what these lists of the package name.
    fn with(lists: &[&str]) -> Result<Self, Failed> {
        let environment = Self { folder: target()?.join("python/environment") };
        fs::create_dir_all(&environment.folder).map_err(|error| Failed::at(&environment.folder, &error))?;
        // Debian has what makes pip in a package of its own: the environment does without one, and is used from outside.
        let make = Step::program("a virtual environment", "python3").args(["-m", "venv", "--without-pip"]);
        make.args([&environment.folder]).run()?;
        for list in lists {
            environment.pip()?.arg("--requirement", &package().join(list)).run()?;
        }
        Ok(environment)
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn python(&self, name: &str) -> Step {
        Step::program(name, &self.program("python").display().to_string())
    }

    fn pip(&self) -> Result<Step, Failed> {
        let pip = Step::program("Python packages", "python3").args(["-m", "pip"]);
        let pip = pip.arg("--python", &self.program("python"));
        let pip =
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]);
        wheel::with_pip(pip, &target()?.join("python"))
    }

    fn maturin(&self, name: &str) -> Step {
        let maturin = self.python(name).args(["-m", "maturin", "build"]);
        maturin
            .arg("--interpreter", &self.program("python"))
            .arg("--manifest-path", &package().join("Cargo.toml"))
    }

    fn install_what_was_built(&self) -> Result<(), Failed> {
        let wheels = target()?.join("python/wheel");
        for old in find::matching(&wheels.join("*.whl")) {
            fs::remove_file(&old).map_err(|error| Failed::at(&old, &error))?;
        }
        let stand_in = target()?.join("python/cargo");
        fs::write(&stand_in, CARGO).map_err(|error| Failed::at(&stand_in, &error))?;
        program::make_executable(&stand_in)?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let pack = self.maturin("packing").env("CARGO", &stand_in).env("KHATA_CARGO", cargo);
        pack.args(["--profile", "dev"]).arg("--out", &wheels).run()?;
        self.pip()?.args(["--force-reinstall", "--no-deps"]).args(find::matching(&wheels.join("*.whl"))).run()
    }
}

fn package() -> PathBuf {
    crate::workspace().join("khata-py")
}
