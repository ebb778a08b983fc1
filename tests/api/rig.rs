//! A service over demo material, asked as the server would ask it. Every JSON answer is held to its schema.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use trust_service::api::{
    self, Answer, Body, BodyRule, Call, Expired, Found, Handler, Ingest, Journal, Lines, Record,
    Services, TrustView, Verb,
};
use trust_service::audit::AuditUnavailable;
use trust_service::authn::Factors;
use trust_service::authn::api_key::{ApiKeySettings, ApiKeys, Peppers, SealedKeys};
use trust_service::authn::local::{Administrator, Administrators, LocalPeer};
use trust_service::authz::{Caller, Grant, Permission, Roles};
use trust_service::clock::UnixTime;
use trust_service::demo::material::Material;
use trust_service::entropy::{Entropy, SystemEntropy};
use trust_service::identity::{RoleName, Uuid};
use trust_service::secret::Secret;
use trust_service::state::{FolderLock, SealedFolder, TrustSeal, TrustStore};
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::OnUnknown;
use trust_service::wire::target::Target;

use super::schema;

/// 2026-11-24T00:00:00Z.
pub(crate) const NOW: i64 = 1_795_478_400;
pub(crate) const RECORD: &str = "0192f3a4-5b6c-7d8e-9f01-23456789abcd";
pub(crate) const REQUEST: &str = "0192f3a4-5b6c-7d8e-9f01-23456789abce";

/// Where changes are recorded before they are made.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) records: Mutex<Vec<Record>>,
    pub(crate) refuses: AtomicBool,
    /// Says that it was reached, and waits to be let through.
    pub(crate) gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

#[derive(Debug)]
struct Shared(Arc<Recorded>);

impl Journal for Shared {
    fn record(&self, record: Record) -> Result<(), AuditUnavailable> {
        if let Some((reached, through)) = &*self.0.gate.lock().unwrap() {
            reached.send(()).unwrap();
            through.recv().unwrap();
        }
        if self.0.refuses.load(Ordering::Relaxed) {
            return Err(AuditUnavailable);
        }
        self.0.records.lock().unwrap().push(record);
        Ok(())
    }
}

/// A service with Utopia's two CSCAs anchored and its revocation list imported.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) services: Services,
    pub(crate) material: Material,
    pub(crate) journal: Arc<Recorded>,
    pub(crate) folder: PathBuf,
    pub(crate) now: UnixTime,
    pub(crate) sealed: Arc<SealedFolder>,
    /// The certificate of the connection that requests come over.
    pub(crate) peer: Option<[u8; 32]>,
    /// Who asks; none where anybody may.
    pub(crate) caller: Option<Caller>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Rig {
    pub(crate) fn new(name: &str) -> Self {
        let now = UnixTime::from_seconds(NOW);
        let material = Material::make(now).unwrap();
        let folder =
            std::env::temp_dir().join(format!("trust-service-api-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let lock = Arc::new(FolderLock::take(&folder).unwrap());
        let empty = Snapshot::empty();
        let mut draft = Draft::new(&empty, now);
        for csca in [&material.csca, &material.brainpool_csca] {
            draft.anchor(&Certificate::parse(csca.clone()).unwrap()).unwrap();
        }
        let items = bundle::read(&material.crl).unwrap();
        let sha256 = Fingerprint::of(&material.crl);
        draft.import("crls", sha256, &items, &ImportOptions::default()).unwrap();
        let (snapshot, file, _) = draft.finish().unwrap();
        let store = TrustStore::new(&folder);
        store.commit(&lock, snapshot.id(), &file).unwrap();
        let view = TrustView::new(snapshot);
        let mut services = Services::new(view, folder.clone(), OnUnknown::Warn);
        let journal = Arc::new(Recorded::default());
        let key = Secret::new([5; 32]);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
        let sealed = SealedFolder::open(&folder, "sealed", &key, Arc::clone(&entropy)).unwrap();
        let sealed = Arc::new(sealed);
        let seal = TrustSeal::new(Arc::clone(&sealed));
        let keys = SealedKeys::new(Arc::clone(&sealed), Arc::clone(&lock));
        let keys = ApiKeys::load(
            ApiKeySettings { enabled: true, ..ApiKeySettings::default() },
            Peppers::new(1, &Secret::new([6; 32])),
            Box::new(keys),
        );
        let shared = || Box::new(Shared(Arc::clone(&journal)));
        services.keep_keys(Arc::new(keys.unwrap()), shared(), entropy);
        services.ingest = Some(Ingest::new(store, seal, lock, shared()));
        Self { services, material, journal, folder, now, sealed, peer: None, caller: None }
    }

    /// From now on somebody asks who is an administrator with these permissions.
    pub(crate) fn become_manager(&mut self, permissions: &[Permission]) {
        let role: RoleName = "manager".parse().unwrap();
        let (socket, _other) = UnixStream::pair().unwrap();
        let peer = LocalPeer::of(&socket).unwrap();
        let one = Administrator { uid: peer.uid(), roles: vec![role.clone()] };
        let principal = Administrators::new(vec![one]).authenticate(&peer).unwrap();
        let roles: Roles = [(role, permissions.iter().copied().collect())].into_iter().collect();
        self.caller = Some(Caller::new(principal, &roles));
    }

    /// The answer to a request, with what its handler would be given by the server.
    pub(crate) fn ask(&self, verb: Verb, target: &str, media: &str, body: &[u8]) -> Answer {
        self.ask_poll(verb, target, media, body, Expired::Yes).unwrap()
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(Verb::Get, target, "", b"")
    }

    pub(crate) fn poll(&self, target: &str, expired: Expired) -> Option<Answer> {
        self.ask_poll(Verb::Get, target, "", b"", expired)
    }

    fn ask_poll(
        &self,
        verb: Verb,
        target: &str,
        media: &str,
        body: &[u8],
        expired: Expired,
    ) -> Option<Answer> {
        let target = Target::parse(target).unwrap();
        let Found::Route(route, parameters) = api::find(verb, &target) else {
            panic!("{target:?} is no route")
        };
        let file: File;
        let call = Call {
            parameters,
            query: target.query(),
            content_type: Some(media).filter(|media| !media.is_empty()),
            accept: None,
            body: match &route.body {
                BodyRule::None => Body::None,
                BodyRule::Memory { types, .. } => {
                    let media = media.split(';').next().unwrap();
                    assert!(types.contains(&media), "the server would not let {media} through");
                    Body::Memory(body)
                }
                BodyRule::Disk { .. } => {
                    let mut incoming = self.services.incoming().unwrap();
                    incoming.write_all(body).unwrap();
                    file = incoming;
                    Body::File(&file)
                }
                BodyRule::Lines { .. } => panic!("ask for lines"),
            },
            head: None,
            address: None,
            peer: self.peer,
            now: self.now,
            record_id: RECORD.parse().unwrap(),
            request_id: REQUEST.parse().unwrap(),
        };
        let grant = self.caller.as_ref().map_or_else(Grant::public, |caller| {
            caller.grant(route.permission, Factors::NONE).unwrap()
        });
        let answer = match &route.handler {
            Handler::Call(handler) => handler(&self.services, &grant, &call),
            Handler::Poll(handler) => handler(&self.services, &grant, &call, expired)?,
            Handler::Lines(_) => panic!("ask for lines"),
        };
        match answer.status.code() {
            code @ (200 | 201) if answer.content_type == "application/json" => {
                assert_eq!(code == 201, route.docs.creates);
                schema::hold(route.docs.reply.schema, &json(&answer));
            }
            200 => assert!(answer.content_type.starts_with(route.docs.reply.media)),
            _ => {
                assert_eq!(answer.content_type, "application/problem+json");
                let problem = json(&answer);
                schema::hold("Problem", &problem);
                assert_eq!(problem["instance"], REQUEST);
                assert_eq!(problem["status"], answer.status.code());
            }
        }
        Some(answer)
    }

    /// What comes of each of these lines.
    pub(crate) fn lines(&self, query: Option<&str>, lines: &[&[u8]]) -> (Vec<Value>, Vec<Record>) {
        let target = Target::parse("/v1/certificates/validate-batch").unwrap();
        let Found::Route(route, _) = api::find(Verb::Post, &target) else { panic!() };
        let Handler::Lines(handler) = &route.handler else { panic!() };
        let ids: Vec<Uuid> = (0..lines.len()).map(id).collect();
        let group = Lines {
            lines,
            record_ids: &ids,
            query,
            now: self.now,
            request_id: REQUEST.parse().unwrap(),
        };
        let mut out = Vec::new();
        let records = handler(&self.services, &Grant::public(), &group, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with('\n'));
        let answers: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for answer in &answers {
            schema::hold("VerdictLine", answer);
        }
        (answers, records)
    }
}

/// The id of the record of the line at `at`.
pub(crate) fn id(at: usize) -> Uuid {
    format!("0192f3a4-5b6c-7d8e-9f01-{at:012x}").parse().unwrap()
}

pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(answer.body.as_ref()).unwrap()
}

/// The number, the problem's code, and the pointer of its first error.
pub(crate) fn problem(answer: &Answer) -> (u16, String, String) {
    let problem = json(answer);
    let code = problem["type"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    let pointer = problem["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
    (answer.status.code(), code, pointer)
}

pub(crate) fn sha256(der: &[u8]) -> String {
    Fingerprint::of(der).to_string()
}
