//! How long the guard takes for a large plan, against the least that could be done: `cargo bench --bench guard`.
//!
//! The process starts itself anew for each measurement, so that time and peak memory are those of a whole process. Every
//! limit is a ratio of two measurements of one round; `benches/README.md` says how to read the table.

#[path = "../examples/mikamirai/mod.rs"]
mod mikamirai;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use mmcdk::prelude::*;
use mmcdk::serde_json::{self, Value as Json, json};

/// What a child does.
const TASK: &str = "MMCDK_BENCH_TASK";

/// How often the resources of a reference environment are in a plan: 4,950 and 49,500 resources.
const SIZES: [usize; 2] = [150, 1_500];

fn main() -> ExitCode {
    match env::var(TASK).as_deref() {
        Ok("guard") => {
            let code = mmcdk::run(mikamirai::organisation(), describe);
            println!("\n{}", peak_kib());
            code
        }
        Ok("parse") => {
            let plan = PathBuf::from(env::args_os().nth(2).expect("a plan"));
            let parsed: Json = serde_json::from_slice(&fs::read(plan).expect("read")).expect("JSON");
            println!("{}\n{}", parsed["resource_changes"].as_array().map_or(0, Vec::len), peak_kib());
            // To give the tree back would be measured too.
            std::mem::forget(parsed);
            ExitCode::SUCCESS
        }
        _ => parent(),
    }
}

fn describe(app: &mut App) -> Result<()> {
    let mut network = app.stack("network", mikamirai::environment("dev", Region::UsEast1))?;
    let vpc = Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(NatStrategy::instance(InstanceType::T3Micro));
    let vpc = network.add("core", vpc)?;
    network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
    network.add("trail", Trail::new().expire_after(Days(90))).map(drop)
}

/// A plan as `terraform show -json` writes it, of the fixture's resources so often.
fn write_plan(path: &Path, times: usize) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("mmcdk-terraform/tests/plans/dev-create.json");
    let mut plan: Json = serde_json::from_slice(&fs::read(fixture).expect("read")).expect("JSON");
    let once = plan["resource_changes"].take();
    let (mut changes, mut planned, mut configured) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..times {
        for change in once.as_array().expect("changes") {
            let mut change = change.clone();
            let name = format!("{}_{number}", change["name"].as_str().expect("a name"));
            let address = format!("{}.{name}", change["type"].as_str().expect("a type"));
            (change["name"], change["address"]) = (name.clone().into(), address.clone().into());
            let after = change["change"]["after"].as_object().expect("values");
            let expressions: serde_json::Map<String, Json> =
                after.iter().map(|(name, value)| (name.clone(), json!({"constant_value": value}))).collect();
            let resource = |more: Json| {
                let mut resource = json!({"address": address, "mode": "managed", "type": change["type"], "name": name});
                resource.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
                resource
            };
            planned.push(resource(json!({"values": after, "sensitive_values": {}})));
            configured.push(resource(json!({"expressions": expressions})));
            changes.push(change);
        }
    }
    plan["resource_changes"] = changes.into();
    plan["planned_values"] = json!({"root_module": {"resources": planned}});
    plan["configuration"]["root_module"] = json!({"resources": configured});
    fs::write(path, plan.to_string()).expect("written");
}

/// The high-water mark of resident memory, where the system tells it.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Seconds, and MiB at the peak.
type Sample = (f64, f64);

fn parent() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let (bench, quick) = (has("--bench"), has("--quick"));
    // A test run of all targets only wants to see it work.
    let (rounds, sizes) = match (bench, quick) {
        (true, false) => (7, SIZES),
        (_, true) => (3, SIZES),
        (false, false) => (1, [1, 10]),
    };
    let folder = env::temp_dir().join(format!("mmcdk-bench-guard-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the plans");
    let plans = sizes.map(|times| folder.join(format!("{times}.json")));
    plans.iter().zip(sizes).for_each(|(plan, times)| write_plan(plan, times));
    let mut samples: BTreeMap<(&str, usize), Vec<Sample>> = BTreeMap::new();
    for round in 0..rounds {
        eprint!("round {} of {rounds}\r", round + 1);
        for task in ["guard", "parse"] {
            for (size, plan) in plans.iter().enumerate() {
                samples.entry((task, size)).or_default().push(measure(task, plan));
            }
        }
    }
    fs::remove_dir_all(&folder).expect("removed");
    let passed = print(&samples, sizes);
    if has("--check") && !passed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn measure(task: &str, plan: &Path) -> Sample {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.arg("guard").arg(plan).args(["--env", "dev"]).env(TASK, task);
    let started = Instant::now();
    let output = command.output().expect("started");
    let seconds = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{task}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let peak: f64 = text.lines().next_back().and_then(|line| line.parse().ok()).expect("a peak");
    (seconds, peak / 1024.0)
}

fn print(samples: &BTreeMap<(&str, usize), Vec<Sample>>, sizes: [usize; 2]) -> bool {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let seconds = |task, size| median(samples[&(task, size)].iter().map(|sample| sample.0).collect());
    let peak = |task, size| median(samples[&(task, size)].iter().map(|sample| sample.1).collect());
    let ratio = |one, other| {
        let pairs = samples[&one].iter().zip(&samples[&other]);
        median(pairs.map(|((one, _), (other, _))| one / other).collect())
    };
    println!("whole process                   time       peak");
    for (size, times) in sizes.into_iter().enumerate() {
        for (task, what) in [("guard", "judged"), ("parse", "parsed as one tree")] {
            let resources = times * 33;
            println!(
                "{:<26} {:>6.2} s {:>6.0} MiB",
                format!("{resources} {what}"),
                seconds(task, size),
                peak(task, size)
            );
        }
    }
    let each = sizes[0] as f64 / sizes[1] as f64;
    let rows = [
        ("a resource among ten times as many", ratio(("guard", 1), ("guard", 0)) * each, 1.3),
        ("the guard / parsing the plan as one tree", ratio(("guard", 1), ("parse", 1)), 2.0),
        ("peak memory / that of one tree", peak("guard", 1) / peak("parse", 1), 0.5),
        ("peak MiB", peak("guard", 1), 300.0),
    ];
    println!("\n{:<42} {:>7} {:>6}", "limit", "ratio", "limit");
    for (what, ratio, limit) in rows {
        println!("{what:<42} {ratio:>7.2} {limit:>6} {}", if ratio <= limit { "pass" } else { "FAIL" });
    }
    rows.iter().all(|(_, ratio, limit)| ratio <= limit)
}
