//! `demo`: makes trust material and shows the four ways in which a certificate comes out.

use std::path::{Path, PathBuf};

use crate::clock::UnixTime;
use crate::demo::error::IssueError;
use crate::demo::material::Material;
use crate::state::{FolderLock, TrustStore, replace_file};
use crate::trust::bundle;
use crate::trust::certificate::Certificate;
use crate::trust::change::{Draft, ImportOptions};
use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::Snapshot;
use crate::trust::validate::{self, Question};

use super::cert::Place;
use super::cert::validate::{Judged, Located, print_table};
use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};

/// The name of the one source of the demo's trust store.
const SOURCE: &str = "utopia";

/// Makes the material under `--dir`, and judges it.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let folder = session.invocation.value("dir").map(PathBuf::from).unwrap_or_default();
    let material = Material::make(session.now())?;
    let state = folder.join("state");
    let lock = FolderLock::take(&state)?;
    let store = TrustStore::new(&state);
    let held = store.current()?;
    if !held.content().distrusted.is_empty()
        || held.content().sources.keys().any(|name| name != SOURCE)
    {
        let message = format!(
            "{}: a trust store that is not the demo's; choose another folder with --dir",
            state.display()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    write(&folder, &material)?;
    let (snapshot, bytes) = trust(&material, session.now())?;
    store.commit(&lock, snapshot.id(), &bytes)?;
    let results = judge(session, &folder, &snapshot, &material)?;
    let style = session.style;
    print_table(session.out, &style, &results)?;
    let (folder, state) = (folder.display().to_string(), state.display().to_string());
    writeln!(
        session.out,
        "\nThe certificates, the CRL and the master list are in {}.",
        printable(&folder)
    )?;
    let program = printable(&session.program);
    for (does, line) in [
        (
            "Every check of one of them",
            format!("cert validate {folder}/revoked.cer --state {state} --verbose"),
        ),
        ("What is trusted", format!("trust list --state {state}")),
        (
            "A CSCA of your own, in a trust store of your own",
            "trust anchor FILE --state DIR".to_owned(),
        ),
    ] {
        let does = style.paint(Tint::Faint, &format!("# {does}"));
        writeln!(session.out, "{does}\n{program} {}", printable(&line))?;
    }
    Ok(Exit::Good)
}

fn write(folder: &Path, material: &Material) -> Result<(), Failure> {
    for (name, bytes) in files(material) {
        replace_file(folder, name, bytes)?;
    }
    Ok(())
}

const fn files(material: &Material) -> [(&'static str, &Vec<u8>); 7] {
    let [valid, revoked, unknown, forged] = judged(material);
    [
        ("csca.cer", &material.csca),
        ("utopia.ml", &material.master_list),
        ("utopia.crl", &material.crl),
        valid,
        revoked,
        unknown,
        forged,
    ]
}

const fn judged(material: &Material) -> [(&'static str, &Vec<u8>); 4] {
    [
        ("valid.cer", &material.valid),
        ("revoked.cer", &material.revoked),
        ("unknown.cer", &material.unknown),
        ("forged.cer", &material.forged),
    ]
}

/// The way that an operator goes: anchor the CSCA, import its list, import its CRL.
pub(super) fn trust(material: &Material, now: UnixTime) -> Result<(Snapshot, Vec<u8>), Failure> {
    let internal = |detail: String| Failure::new(Exit::Internal, detail);
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, now);
    for csca in [&material.csca, &material.brainpool_csca] {
        let csca = Certificate::parse(csca.clone()).map_err(|error| internal(error.to_string()))?;
        draft.anchor(&csca)?;
    }
    for (name, file) in [(SOURCE, &material.master_list), ("utopia-crl", &material.crl)] {
        let items = bundle::read(file).map_err(|error| internal(error.to_string()))?;
        draft.import(name, Fingerprint::of(file), &items, &ImportOptions::default())?;
    }
    let (snapshot, bytes, _) = draft.finish()?;
    Ok((snapshot, bytes))
}

fn judge(
    session: &Session<'_>,
    folder: &Path,
    snapshot: &Snapshot,
    material: &Material,
) -> Result<Vec<Judged>, Failure> {
    let question = Question::at(session.now());
    judged(material)
        .into_iter()
        .map(|(name, bytes)| {
            let certificate = Certificate::parse(bytes.clone())
                .map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
            let input = Place { file: folder.join(name).display().to_string(), index: 0 };
            let verdict = validate::validate(&certificate, snapshot, &question);
            Ok(Judged::Verdict(Box::new(Located { input, verdict })))
        })
        .collect()
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::new(Exit::Internal, error.to_string())
    }
}
