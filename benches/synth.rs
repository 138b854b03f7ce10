//! How long synthesis takes, against the least that could be done: `cargo bench --bench synth`.
//!
//! The process starts itself anew for each measurement, so that time and peak memory are those of a whole process. Every
//! limit is a ratio of two measurements of one round; `benches/README.md` says how to read the table.

#[path = "../examples/mikamirai/mod.rs"]
mod mikamirai;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use mmcdk::prelude::*;
use mmcdk::serde_json::{self, Value as Json};

/// What a child does: the name of a [`Task`] and a count.
const TASK: &str = "MMCDK_BENCH_TASK";

/// The folder in which a child finds what it compares with or writes.
const WORK: &str = "MMCDK_BENCH_WORK";

fn main() -> ExitCode {
    match env::var(TASK) {
        Ok(task) => child(&task),
        Err(_) => parent(),
    }
}

// What is described.

/// Reference environments, each a stack of its own: VPC, NAT instance, flow logs, trail, twelve tags.
fn environments(app: &mut App, count: usize) -> Result<()> {
    for number in 0..count {
        let environment = mikamirai::environment(&format!("dev-{number}"), Region::UsEast1);
        let mut network = app.stack("network", &environment)?;
        let vpc = network.add("core", vpc(number))?;
        network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
        network.add("trail", Trail::new().expire_after(Days(90)))?;
        network.output("vpc_id", vpc.id())?;
        network.output("public_subnet_ids", vpc.public_subnet_ids())?;
        network.output("private_subnet_ids", vpc.private_subnet_ids())?;
    }
    Ok(())
}

/// VPCs in one stack.
fn vpcs(app: &mut App, count: usize) -> Result<()> {
    let environment = mikamirai::environment("dev", Region::UsEast1);
    let mut network = app.stack("network", &environment)?;
    for number in 0..count {
        let name = format!("net-{number}");
        network.with(Local::new().qualifier(&name)).add(&name, vpc(number))?;
    }
    Ok(())
}

fn vpc(number: usize) -> Vpc {
    let cidr = format!("10.{}.{}.0/20", number / 16, number % 16 * 16);
    Vpc::new(cidr).zones(["a", "b"]).nat(NatStrategy::instance(InstanceType::T3Micro))
}

fn synthesize(describe: impl FnOnce(&mut App) -> Result<()>) -> Synthesis {
    let mut app = App::new(mikamirai::organisation());
    describe(&mut app).and_then(|()| app.synth()).unwrap_or_else(|error| panic!("{error}"))
}

/// The bytes of all files, and what they were rendered from, so that its end is not measured.
fn bytes(describe: impl FnOnce(&mut App) -> Result<()>) -> (Vec<Vec<u8>>, Synthesis) {
    let synthesis = synthesize(describe);
    let files = synthesis.render().into_iter().flat_map(|(_, files)| files);
    (files.map(|file| file.bytes).collect(), synthesis)
}

// The child: one measurement.

/// Does the task and prints, in the last line, what it took by its own clock and its peak memory in KiB.
fn child(task: &str) -> ExitCode {
    let (task, count) = task.split_once(' ').expect("a task and a count");
    let count: usize = count.parse().expect("a number");
    let work = PathBuf::from(env::var_os(WORK).expect("a folder"));
    let started = Instant::now();
    let took = match task {
        "run" => {
            mmcdk::run(mikamirai::organisation(), |app| environments(app, count));
            started.elapsed()
        }
        "one-file" => {
            write_one_file_each(&work, count).expect("written");
            started.elapsed()
        }
        "staged" => {
            write_staged(&work, count).expect("written");
            started.elapsed()
        }
        "bytes" => fastest(|| timed(|| bytes(|app| environments(app, count)))),
        "serialize" => {
            let documents = parsed(&bytes(|app| environments(app, count)).0);
            fastest(|| timed(|| documents.iter().map(pretty).collect::<Vec<_>>()))
        }
        "one-stack" => fastest(|| timed(|| bytes(|app| vpcs(app, count)))),
        "again" => fastest(|| {
            timed(|| {
                let synthesis = synthesize(|app| environments(app, count));
                (synthesis.write_to(work.join("out")).expect("written"), synthesis)
            })
        }),
        "compare" => {
            let synthesis = synthesize(|app| environments(app, count));
            let stacks = synthesis.render();
            let files: Vec<(PathBuf, Vec<u8>)> = stacks
                .into_iter()
                .flat_map(|(stack, files)| {
                    files.into_iter().map(move |file| (Path::new(stack).join(file.name), file.bytes))
                })
                .map(|(path, bytes)| (work.join("out").join(path), bytes))
                .collect();
            fastest(|| {
                timed(|| on_all_cores(&files, |(path, bytes)| assert_eq!(&fs::read(path).expect("read"), bytes)))
            })
        }
        other => panic!("no task {other:?}"),
    };
    println!("\n{} {}", took.as_nanos(), peak_kib());
    ExitCode::SUCCESS
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    let result = black_box(work());
    let took = started.elapsed();
    drop(result);
    took
}

/// The least disturbed of a few repetitions in one process.
fn fastest(mut measure: impl FnMut() -> Duration) -> Duration {
    (0..5).map(|_| measure()).min().unwrap_or_default()
}

fn parsed(files: &[Vec<u8>]) -> Vec<Json> {
    files.iter().map(|bytes| serde_json::from_slice(bytes).expect("JSON")).collect()
}

fn pretty(document: &Json) -> Vec<u8> {
    serde_json::to_vec_pretty(document).expect("JSON")
}

/// The high-water mark of resident memory, where the system tells it.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The least that a program can do: a folder for each stack with one file.
fn write_one_file_each(work: &Path, count: usize) -> io::Result<()> {
    let bytes = fs::read(work.join("all.tf.json"))?;
    for number in 0..count {
        let folder = stack_folder(work, number);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("all.tf.json"), &bytes)?;
    }
    Ok(())
}

/// The same files in the same number, staged and renamed as `write_to` does it, with as many threads.
fn write_staged(work: &Path, count: usize) -> io::Result<()> {
    const STAGE: &str = "stage";
    const MANIFEST: &str = ".mmcdk.json";
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in fs::read_dir(work.join("reference"))? {
        let entry = entry?;
        files.insert(entry.file_name().into_string().expect("UTF-8"), fs::read(entry.path())?);
    }
    let folders: Vec<PathBuf> = (0..count).map(|number| stack_folder(work, number)).collect();
    on_all_cores(&folders, |folder| {
        let stage = folder.join(STAGE);
        fs::create_dir_all(&stage).expect("created");
        files.iter().for_each(|(name, bytes)| fs::write(stage.join(name), bytes).expect("written"));
    });
    on_all_cores(&folders, |folder| {
        for name in files.keys().filter(|name| *name != MANIFEST) {
            fs::rename(folder.join(STAGE).join(name), folder.join(name)).expect("renamed");
        }
    });
    on_all_cores(&folders, |folder| {
        fs::rename(folder.join(STAGE).join(MANIFEST), folder.join(MANIFEST)).expect("renamed");
        fs::remove_dir(folder.join(STAGE)).expect("removed");
    });
    Ok(())
}

fn stack_folder(work: &Path, number: usize) -> PathBuf {
    work.join("out").join(format!("dev-{number}")).join("network")
}

fn on_all_cores<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len().div_ceil(16));
    let work = &work;
    if threads < 2 {
        return items.iter().for_each(work);
    }
    thread::scope(|scope| {
        for share in items.chunks(items.len().div_ceil(threads)) {
            scope.spawn(move || share.iter().for_each(work));
        }
    });
}

// The parent: rounds of measurements, and the table.

/// One contestant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    name: &'static str,
    count: usize,
    cores: Cores,
    folder: Folder,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cores {
    One,
    All,
}

/// What a task finds where it writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Folder {
    Fresh,
    /// What `run` of the same count wrote just before.
    Written,
}

impl Task {
    const fn new(name: &'static str, count: usize) -> Self {
        Self { name, count, cores: Cores::All, folder: Folder::Fresh }
    }

    const fn on_one_core(mut self) -> Self {
        self.cores = Cores::One;
        self
    }

    const fn on_written(mut self) -> Self {
        self.folder = Folder::Written;
        self
    }
}

/// What a child took.
#[derive(Clone, Copy)]
struct Sample {
    /// From starting the process to its end.
    wall: f64,
    /// By the child's own clock, for what happens inside.
    inner: f64,
    peak_mib: f64,
}

const SIZES: [usize; 3] = [1, 100, 1_000];
const SPREAD: usize = 100;

const BYTES: Task = Task::new("bytes", SPREAD).on_one_core();
const BYTES_ON_ALL: Task = Task::new("bytes", SPREAD);
const SERIALIZE: Task = Task::new("serialize", SPREAD).on_one_core();
const FEW_VPCS: Task = Task::new("one-stack", 100).on_one_core();
const MANY_VPCS: Task = Task::new("one-stack", 1_000).on_one_core();
const AGAIN: Task = Task::new("again", SPREAD).on_one_core().on_written();
const COMPARE: Task = Task::new("compare", SPREAD).on_one_core().on_written();

const fn run(count: usize) -> Task {
    Task::new("run", count)
}

const fn one_file(count: usize) -> Task {
    Task::new("one-file", count)
}

const STAGED: Task = Task::new("staged", 1_000);

fn parent() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    // Cargo says `--bench` when it benches; a test run of all targets only wants to see it work.
    let rounds = match (has("--bench"), has("--quick")) {
        (true, false) => 11,
        (_, true) => 3,
        (false, false) => 1,
    };
    let work = Work::new();
    let taskset = Command::new("taskset").arg("--version").output().is_ok_and(|output| output.status.success());
    if !taskset {
        println!("There is no taskset here, so what should run on one core runs on all.");
    }

    let mut tasks = vec![STAGED, BYTES, SERIALIZE, BYTES_ON_ALL, FEW_VPCS, MANY_VPCS, AGAIN, COMPARE];
    tasks.extend(SIZES.map(run));
    tasks.extend(SIZES.map(one_file));
    let mut samples: BTreeMap<Task, Vec<Sample>> = BTreeMap::new();
    for round in 0..rounds {
        eprint!("round {} of {rounds}\r", round + 1);
        for task in &tasks {
            samples.entry(*task).or_default().push(work.measure(task, taskset));
        }
    }
    let table = Table { samples };
    table.print_sizes();
    let passed = table.print_limits();
    if has("--check") && !passed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A folder of its own, removed in the end, with what the children need.
struct Work(PathBuf);

impl Work {
    fn new() -> Self {
        let root = env::temp_dir().join(format!("mmcdk-bench-{}", std::process::id()));
        fs::create_dir_all(&root).expect("a folder for the measurements");
        let synthesis = synthesize(|app| environments(app, 1));
        synthesis.write_to(root.join("out")).expect("written");
        fs::rename(root.join("out/dev-0/network"), root.join("reference")).expect("renamed");
        fs::write(root.join("all.tf.json"), bytes(|app| environments(app, 1)).0.concat()).expect("written");
        Self(root)
    }

    fn measure(&self, task: &Task, taskset: bool) -> Sample {
        let out = self.0.join("out");
        fs::remove_dir_all(&out).expect("removed");
        if task.folder == Folder::Written {
            self.start(&run(task.count), false);
        }
        let sample = self.start(task, taskset && task.cores == Cores::One);
        fs::create_dir_all(&out).expect("created");
        sample
    }

    fn start(&self, task: &Task, pinned: bool) -> Sample {
        let this = env::current_exe().expect("the path of this program");
        let mut command = match pinned {
            true => {
                let mut command = Command::new("taskset");
                command.args(["-c", "0"]).arg(this);
                command
            }
            false => Command::new(this),
        };
        if task.name == "run" {
            command.arg("--out").arg(self.0.join("out"));
        }
        command.env(TASK, format!("{} {}", task.name, task.count)).env(WORK, &self.0);
        let started = Instant::now();
        let output = command.output().expect("started");
        let wall = started.elapsed().as_secs_f64();
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().next_back().and_then(|line| line.split_once(' '));
        let (Some((inner, peak)), true) = (last, output.status.success()) else {
            panic!("{} failed: {text}{}", task.name, String::from_utf8_lossy(&output.stderr));
        };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        Sample { wall, inner: number(inner) / 1e9, peak_mib: number(peak) / 1024.0 }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Table {
    samples: BTreeMap<Task, Vec<Sample>>,
}

impl Table {
    fn median(&self, task: Task, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples[&task].iter().map(of).collect())
    }

    /// The median of the ratios that the rounds had.
    fn ratio(&self, one: Task, another: Task, of: impl Fn(&Sample) -> f64) -> f64 {
        let pairs = self.samples[&one].iter().zip(&self.samples[&another]);
        median(pairs.map(|(one, another)| of(one) / of(another)).collect())
    }

    fn print_sizes(&self) {
        println!("whole process, fresh folder    time        peak       one file each, without mmcdk");
        for count in SIZES {
            println!(
                "{:<26} {:>9} {:>7.1} MiB      {:>9}",
                format!("{count} environment{}", if count == 1 { "" } else { "s" }),
                shown(self.median(run(count), wall)),
                self.median(run(count), |sample| sample.peak_mib),
                shown(self.median(one_file(count), wall)),
            );
        }
        println!();
    }

    /// Prints what is limited, and says whether everything is within.
    fn print_limits(&self) -> bool {
        let time =
            |task: Task| shown(self.median(task, if task.name == "run" || task == STAGED { wall } else { inner }));
        let again = self.samples[&AGAIN].iter().zip(&self.samples[&BYTES]).zip(&self.samples[&COMPARE]);
        let again = again.map(|((again, bytes), compare)| again.inner / (bytes.inner + 1.5 * compare.inner));
        let few_each = FEW_VPCS.count as f64 / MANY_VPCS.count as f64;
        let rows = [
            Row {
                what: "one environment / one file",
                measured: format!("{} / {}", time(run(1)), shown(self.median(one_file(1), wall))),
                ratio: self.ratio(run(1), one_file(1), wall),
                limit: 2.5,
            },
            Row {
                what: "1,000 environments / writing their files",
                measured: format!("{} / {}", time(run(1_000)), time(STAGED)),
                ratio: self.ratio(run(1_000), STAGED, wall),
                limit: 2.5,
            },
            Row {
                what: "1,000 environments, peak MiB",
                measured: String::new(),
                ratio: self.median(run(1_000), |sample| sample.peak_mib),
                limit: 150.0,
            },
            Row {
                what: "description to bytes / serializing",
                measured: format!("{} / {}", time(BYTES), time(SERIALIZE)),
                ratio: self.ratio(BYTES, SERIALIZE, inner),
                limit: 8.0,
            },
            Row {
                what: "description to bytes, all cores / one",
                measured: format!("{} / {}", time(BYTES_ON_ALL), time(BYTES)),
                ratio: self.ratio(BYTES_ON_ALL, BYTES, inner),
                limit: 1.0,
            },
            Row {
                what: "a VPC among 1,000 in a stack / among 100",
                measured: format!("{} / {}", time(MANY_VPCS), time(FEW_VPCS)),
                ratio: self.ratio(MANY_VPCS, FEW_VPCS, inner) * few_each,
                limit: 1.3,
            },
            Row {
                what: "nothing changed / bytes + 1.5 comparing",
                measured: format!("{} / {} + 1.5 · {}", time(AGAIN), time(BYTES), time(COMPARE)),
                ratio: median(again.collect()),
                limit: 1.0,
            },
        ];
        println!("{:<42} {:>32} {:>7} {:>6}", "limit", "measured", "ratio", "limit");
        for Row { what, measured, ratio, limit } in &rows {
            let verdict = if ratio <= limit { "pass" } else { "FAIL" };
            println!("{what:<42} {measured:>32} {ratio:>7.2} {limit:>6} {verdict}");
        }
        rows.iter().all(|row| row.ratio <= row.limit)
    }
}

struct Row {
    what: &'static str,
    measured: String,
    ratio: f64,
    limit: f64,
}

fn wall(sample: &Sample) -> f64 {
    sample.wall
}

fn inner(sample: &Sample) -> f64 {
    sample.inner
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn shown(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.1 => format!("{:.2} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}
