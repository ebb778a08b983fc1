//! The local sockets of a daemon: what monitors and operators of this machine get, and what is recorded of it.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;
use trust_service::api::{Manifest, Part};
use trust_service::authn::local::Administrator;
use trust_service::clock::{Clock, SystemClock};
use trust_service::server::Deadlines;
use trust_service::state::{FolderLock, TrustStore};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::{Content, Snapshot};

use super::http::{Answer, post};
use super::rig::Rig;

fn connect(rig: &Rig, socket: &str) -> UnixStream {
    let stream = UnixStream::connect(rig.folder.join("run").join(socket)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// The answer, which ends with its connection.
fn read(stream: &mut UnixStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Some(Answer { status: head[9..12].parse().unwrap(), head, body: bytes[end..].to_vec() })
}

fn ask(rig: &Rig, socket: &str, request: &[u8]) -> Option<Answer> {
    let mut stream = connect(rig, socket);
    // What is refused early is answered although it was not all taken.
    let _ = stream.write_all(request);
    read(&mut stream)
}

fn get(rig: &Rig, socket: &str, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask(rig, socket, request.as_bytes()).unwrap()
}

fn import(name: &str, file: &[u8]) -> Vec<u8> {
    let part = Part { name: name.to_owned(), files: vec![file.len()] };
    let manifest = Manifest { sources: vec![part], ..Manifest::default() };
    let body = [&manifest.line()[..], file].concat();
    post("/v1/trust/import", "application/vnd.trust-service.import", &body)
}

fn of_route<'a>(records: &'a [Value], route: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["details"]["route"] == route).collect()
}

#[test]
fn the_probe_says_alive_ready_and_how_much_and_takes_nothing_but_get() {
    let rig = Rig::start("probe");
    let alive = get(&rig, "probe.sock", "/healthz");
    assert_eq!((alive.status, &alive.body[..]), (200, &b"ok"[..]));
    let ready = get(&rig, "probe.sock", "/readyz");
    assert_eq!((ready.status, ready.json()["ready"].clone()), (200, true.into()));
    let counts = get(&rig, "probe.sock", "/metrics");
    assert!(String::from_utf8(counts.body).unwrap().contains("\ntrust_anchors{country=\"UT\""));
    assert_eq!(get(&rig, "probe.sock", "/v1/trust/status").status, 404);
    assert_eq!(get(&rig, "probe.sock", "/healthz?x").status, 404);
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
        let request = format!("{method} /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = ask(&rig, "probe.sock", request.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET")), "{method}");
    }
}

#[test]
fn the_probe_names_what_keeps_the_service_from_being_ready() {
    let rig = Rig::start("not-ready");
    let shared = Arc::clone(rig.daemon.as_ref().unwrap().shared());
    let (nothing, _) = Snapshot::of(Content::default()).unwrap();
    shared.services.replace_trust(trust_service::api::TrustView::new(nothing));
    shared.services.clock_is_past("2199-01-01T00:00:00Z".parse().unwrap());
    let answer = get(&rig, "probe.sock", "/readyz");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["not_ready"], serde_json::json!(["clock", "trust"]));
    shared.draining.set();
    let answer = get(&rig, "probe.sock", "/readyz");
    assert_eq!(answer.json()["not_ready"], serde_json::json!(["clock", "stopping", "trust"]));
    assert_eq!(get(&rig, "probe.sock", "/healthz").status, 200, "it lives all the same");
}

#[test]
fn a_probe_whose_socket_is_gone_is_served_again() {
    let rig = Rig::start("probe-gone");
    fs::remove_file(rig.folder.join("run/probe.sock")).unwrap();
    let clock = SystemClock::new();
    while !rig.folder.join("run/probe.sock").exists() {
        assert!(clock.uptime() < Duration::from_secs(15), "it is not served again");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(get(&rig, "probe.sock", "/healthz").status, 200);
}

#[test]
fn a_client_of_the_probe_that_sends_nothing_holds_up_nobody() {
    let rig = Rig::start("probe-silent");
    let silent: Vec<UnixStream> = (0..20).map(|_| connect(&rig, "probe.sock")).collect();
    assert_eq!(get(&rig, "probe.sock", "/healthz").status, 200);
    drop(silent);
}

#[test]
fn the_sockets_are_for_their_owner_and_one_group_and_go_with_the_daemon() {
    let mut rig = Rig::start("modes");
    let run = rig.folder.join("run");
    assert_eq!(fs::metadata(&run).unwrap().mode() & 0o7777, 0o750);
    for name in ["probe.sock", "admin.sock"] {
        let found = fs::symlink_metadata(run.join(name)).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.mode() & 0o7777, 0o660, "{name}");
    }
    rig.records();
    for name in ["probe.sock", "admin.sock"] {
        assert!(!run.join(name).exists(), "{name} is still there");
    }
}

#[test]
fn a_user_who_is_not_on_the_list_is_refused_and_recorded() {
    let stranger = Administrator {
        uid: rustix::process::geteuid().as_raw().wrapping_add(1),
        roles: vec!["operator".parse().unwrap()],
    };
    let mut rig = Rig::administered("unlisted", Deadlines::default(), vec![stranger]);
    for path in ["/v1/admin/status", "/v1/openapi.json", "/nothing"] {
        let answer = get(&rig, "admin.sock", path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.header("Audit-Id").is_some());
        assert_eq!(answer.header("Connection"), Some("close"));
    }
    let before = get(&rig, "probe.sock", "/metrics");
    assert!(
        String::from_utf8(before.body)
            .unwrap()
            .contains("security_auth_attempts_total{method=\"local\",result=\"failure\"} 3\n")
    );
    let records = rig.records();
    let refused: Vec<_> =
        records.iter().filter(|record| record["details"]["status"] == 403).collect();
    assert_eq!(refused.len(), 3);
    for record in refused {
        let client = format!("uid:{}", rustix::process::geteuid().as_raw());
        assert_eq!(record["actor"]["client"], client);
        assert_eq!(record["actor"]["method"], "local");
        assert_eq!(
            (&record["type"], &record["outcome"]),
            (&"authz.denied".into(), &"denied".into())
        );
    }
}

#[test]
fn a_role_without_the_permission_may_not() {
    let reader = Administrator {
        uid: rustix::process::geteuid().as_raw(),
        roles: vec!["reader".parse().unwrap()],
    };
    let rig = Rig::administered("reader", Deadlines::default(), vec![reader]);
    assert_eq!(get(&rig, "admin.sock", "/v1/trust/status").status, 200);
    assert_eq!(get(&rig, "admin.sock", "/v1/admin/status").status, 200);
    let reload = post("/v1/admin/reload", "text/plain", b"");
    assert_eq!(ask(&rig, "admin.sock", &reload).unwrap().status, 403);
    assert_eq!(ask(&rig, "admin.sock", &import("x", &rig.material.valid)).unwrap().status, 403);
}

#[test]
fn an_import_changes_what_is_trusted_and_is_recorded_before_and_after() {
    let mut rig = Rig::start("import");
    let snapshot =
        |rig: &Rig| get(rig, "admin.sock", "/v1/trust/status").json()["snapshot"].clone();
    let before = snapshot(&rig);
    let answer = ask(&rig, "admin.sock", &import("signers", &rig.material.valid)).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.json()["committed"], true);
    assert_eq!(answer.json()["snapshot"], snapshot(&rig));
    assert_ne!(before, snapshot(&rig));
    let id = answer.header("Audit-Id").unwrap().to_owned();
    let records = rig.records();
    let place = |what: &dyn Fn(&Value) -> bool| records.iter().position(what).unwrap();
    let begun = place(&|record| record["details"]["decision_id"] == *id);
    let done = place(&|record| record["id"] == *id);
    assert!(begun < done);
    assert_eq!(records[begun]["action"], "trust:commit");
    let roles: Vec<&str> = vec!["operator"];
    assert_eq!(records[done]["actor"]["roles"], serde_json::json!(roles));
    assert_eq!(records[done]["type"], "cert.imported");
    // What is on disk is what was in force.
    let kept = TrustStore::new(&rig.folder.join("state")).current().unwrap();
    assert_eq!(*kept.label(), *answer.json()["snapshot"].as_str().unwrap());
}

#[test]
fn an_import_of_which_one_source_is_refused_changes_nothing() {
    let rig = Rig::start("import-whole");
    let before = get(&rig, "admin.sock", "/v1/trust/status").json()["snapshot"].clone();
    let files = [&rig.material.valid[..], b"nonsense"];
    let parts = [("good", 0), ("bad", 1)]
        .map(|(name, at)| Part { name: name.to_owned(), files: vec![files[at].len()] });
    let manifest = Manifest { sources: parts.to_vec(), ..Manifest::default() };
    let body = [&manifest.line()[..], files[0], files[1]].concat();
    let request = post("/v1/trust/import", "application/vnd.trust-service.import", &body);
    let answer = ask(&rig, "admin.sock", &request).unwrap();
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/sources/1");
    assert_eq!(get(&rig, "admin.sock", "/v1/trust/status").json()["snapshot"], before);
}

#[test]
fn an_anchor_needs_its_fingerprint_and_distrust_its_reason() {
    let rig = Rig::start("anchor");
    let csca = &rig.material.csca;
    let sha256 = Fingerprint::of(csca);
    let der = "application/pkix-cert";
    for (query, status) in [
        (String::new(), 400),
        (format!("?sha256={}", "0".repeat(64)), 409),
        (format!("?sha256={sha256}"), 200),
    ] {
        let request = post(&format!("/v1/trust/anchors{query}"), der, csca);
        assert_eq!(ask(&rig, "admin.sock", &request).unwrap().status, status, "{query}");
    }
    let distrust = |body: &str| {
        let request = post("/v1/trust/distrust", "application/json", body.as_bytes());
        ask(&rig, "admin.sock", &request).unwrap()
    };
    for body in ["{}", &format!("{{\"sha256\":\"{sha256}\",\"reason\":\"\"}}"), "nonsense"] {
        assert_eq!(distrust(body).status, 400, "{body}");
    }
    let answer = distrust(&format!("{{\"sha256\":\"{sha256}\",\"reason\":\"key lost\"}}"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["difference"]["distrusted"][0]["sha256"], sha256.to_string());
    let request = post(&format!("/v1/trust/anchors?sha256={sha256}"), der, csca);
    assert_eq!(ask(&rig, "admin.sock", &request).unwrap().status, 409, "distrust outlives it");
}

#[test]
fn a_client_that_stops_in_its_head_holds_up_the_next_no_longer_than_the_deadline() {
    let head = Duration::from_millis(800);
    let mut rig = Rig::with("admin-slow", Deadlines { head, ..Deadlines::default() });
    let mut slow = connect(&rig, "admin.sock");
    slow.write_all(b"GET /v1/admin/st").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let began = SystemClock::new();
    assert_eq!(get(&rig, "admin.sock", "/v1/admin/status").status, 200);
    let waited = began.uptime();
    // The deadline, and a second for what is still read behind an answer.
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert_eq!(read(&mut slow).unwrap().status, 408);
    // A byte in time does not move the deadline.
    let mut drip = connect(&rig, "admin.sock");
    let began = SystemClock::new();
    while began.uptime() < Duration::from_secs(5) && drip.write_all(b"G").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(began.uptime() < Duration::from_secs(5), "dripping bytes keep it open");
    let records = rig.records();
    let late = records.iter().filter(|record| record["details"]["status"] == 408).count();
    assert_eq!(late, 2);
}

#[test]
fn a_body_above_its_bound_is_refused_before_it_is_sent() {
    let rig = Rig::start("admin-bound");
    let head = |path: &str, media: &str, length: u64| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let most = 128 * 1024 * 1024;
    let media = "application/vnd.trust-service.import";
    let answer = ask(&rig, "admin.sock", head("/v1/trust/import", media, most + 1).as_bytes());
    assert_eq!(answer.unwrap().status, 413);
    let small = head("/v1/trust/distrust", "application/json", 16 * 1024 + 1);
    assert_eq!(ask(&rig, "admin.sock", small.as_bytes()).unwrap().status, 413);
    let chunked = "POST /v1/trust/distrust HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                   Transfer-Encoding: chunked\r\n\r\n5000\r\n";
    assert_eq!(ask(&rig, "admin.sock", chunked.as_bytes()).unwrap().status, 413);
}

#[test]
fn a_reload_calls_the_daemon_and_says_what_was_wrong() {
    let mut rig = Rig::start("reload");
    let reload = || post("/v1/admin/reload", "text/plain", b"");
    assert_eq!(ask(&rig, "admin.sock", &reload()).unwrap().status, 200);
    std::fs::write(rig.folder.join("clients.crl"), "no list").unwrap();
    let refused = ask(&rig, "admin.sock", &reload()).unwrap();
    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("clients.crl"));
    let records = rig.records();
    let begun = |record: &&Value| record["decision"]["code"] == "begun";
    assert_eq!(records.iter().filter(|r| r["type"] == "system.reload").filter(begun).count(), 2);
    assert_eq!(of_route(&records, "/v1/admin/reload").len(), 2);
}

#[test]
fn its_routes_are_not_there_over_the_network() {
    let rig = Rig::start("not-remote");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let request = b"GET /v1/admin/status HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(super::http::ask(&mut tls, request).unwrap().status, 404);
    let status = get(&rig, "admin.sock", "/v1/admin/status").json();
    assert_eq!((&status["ready"], &status["pid"]), (&true.into(), &std::process::id().into()));
    assert_eq!(status["connections"], 1);
}

#[test]
fn the_lock_is_free_when_the_daemon_has_ended() {
    let mut rig = Rig::start("lock-free");
    assert_eq!(get(&rig, "admin.sock", "/v1/admin/status").status, 200);
    rig.records();
    FolderLock::take(&rig.folder.join("state")).unwrap();
}
