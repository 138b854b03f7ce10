//! Writing: it loses nothing, whatever is in the folder and wherever an earlier run was killed.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::{Net, app, dev, home, refused};
use mmcdk_core::{Home, Local, Result, S3Backend, Stack, Synthesis, Written};
use tempfile::TempDir;

const MANIFEST: &str = ".mmcdk.json";
const STAGE: &str = ".mmcdk-stage";

/// One stack of the environment `dev` with a net for each id, tagged with a value.
fn nets(ids: &[&str], value: &str) -> Synthesis {
    synthesis(|stack| {
        ids.iter()
            .try_for_each(|id| stack.with(Local::new().purpose("p").tag("V", value)).add(id, Net::new()).map(drop))
    })
}

fn synthesis(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Synthesis {
    common::synthesize(describe).unwrap()
}

/// Everything below a folder: files with their content, folders without.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    fn walk(folder: &Path, below: &Path, all: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, below) = (entry.path(), below.join(entry.file_name()));
            if path.is_dir() {
                walk(&path, &below, all);
                all.insert(below, None);
            } else {
                all.insert(below, Some(fs::read(path).unwrap()));
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(folder, Path::new(""), &mut all);
    all
}

/// What a folder holds after these were written to it, one after the other.
fn after(runs: &[&Synthesis]) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let out = TempDir::new().unwrap();
    runs.iter().for_each(|run| drop(run.write_to(out.path()).unwrap()));
    snapshot(out.path())
}

fn names(paths: &[PathBuf]) -> Vec<&str> {
    let mut names: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// A folder to write to, and the folder of the stack `dev/network` in it.
fn folder() -> (TempDir, PathBuf) {
    let out = TempDir::new().unwrap();
    let stack = out.path().join("dev/network");
    (out, stack)
}

#[test]
fn a_first_run_creates_and_a_second_one_changes_nothing() -> Result<()> {
    let (out, _) = folder();
    let synthesis = nets(&["a", "b"], "1");
    let files = ["dev/network/a.tf.json", "dev/network/b.tf.json", "dev/network/terraform.tf.json"];
    let first = synthesis.write_to(out.path())?;
    assert_eq!(names(&first.created), files);
    let before = snapshot(out.path());
    let second = synthesis.write_to(out.path())?;
    assert_eq!(names(&second.unchanged), files);
    assert_eq!(second, Written { unchanged: second.unchanged.clone(), ..Written::default() });
    assert_eq!(snapshot(out.path()), before);
    Ok(())
}

#[test]
fn what_is_written_is_what_is_rendered() -> Result<()> {
    let (out, _) = folder();
    let synthesis = synthesis(|stack| {
        stack.backend(S3Backend::new("state", "us-east-1").partial());
        stack.output("x", "y")?;
        stack.add("a", Net::new()).map(drop)
    });
    let written = synthesis.write_to(out.path().join("not/there/yet"))?;
    for (stack, files) in synthesis.render() {
        for file in &files {
            let place = out.path().join("not/there/yet").join(stack).join(&file.name);
            assert_eq!(fs::read(&place).unwrap(), file.bytes, "{}", place.display());
        }
        assert_eq!(files.len(), written.created.len());
    }
    Ok(())
}

#[test]
fn unchanged_files_keep_their_time() -> Result<()> {
    let (out, stack) = folder();
    nets(&["a", "b"], "1").write_to(out.path())?;
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let files = ["a.tf.json", "b.tf.json", "terraform.tf.json", MANIFEST];
    for name in files {
        fs::File::options().write(true).open(stack.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
    let modified = |name: &str| fs::metadata(stack.join(name)).unwrap().modified().unwrap();
    nets(&["a", "b"], "1").write_to(out.path())?;
    files.iter().for_each(|name| assert_eq!(modified(name), long_ago, "{name}"));

    let written = nets(&["a", "b", "c"], "1").write_to(out.path())?;
    assert_eq!((names(&written.created), written.updated.len()), (vec!["dev/network/c.tf.json"], 0));
    ["a.tf.json", "b.tf.json"].iter().for_each(|name| assert_eq!(modified(name), long_ago, "{name}"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_changed_file_is_replaced_and_not_written_into() -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let (out, stack) = folder();
    let inode = |name: &str| fs::metadata(stack.join(name)).unwrap().ino();
    nets(&["a"], "1").write_to(out.path())?;
    // Who has the old file open goes on reading the old file.
    fs::hard_link(stack.join("a.tf.json"), out.path().join("old")).unwrap();
    let (before, terraform) = (inode("a.tf.json"), inode("terraform.tf.json"));
    let written = nets(&["a"], "2").write_to(out.path())?;
    assert_eq!(names(&written.updated), ["dev/network/a.tf.json"]);
    assert_ne!(inode("a.tf.json"), before);
    assert_eq!(inode("terraform.tf.json"), terraform);
    assert!(fs::read_to_string(out.path().join("old")).unwrap().contains("\"V\": \"1\""));
    Ok(())
}

#[test]
fn what_is_no_longer_wanted_is_removed_unless_it_was_edited() -> Result<()> {
    let (out, stack) = folder();
    nets(&["a", "b", "c"], "1").write_to(out.path())?;
    let edited = fs::read_to_string(stack.join("b.tf.json")).unwrap().replace("platform", "somebody");
    fs::write(stack.join("b.tf.json"), &edited).unwrap();
    let written = nets(&["a"], "1").write_to(out.path())?;
    assert_eq!(names(&written.removed), ["dev/network/c.tf.json"]);
    assert_eq!(names(&written.kept), ["dev/network/b.tf.json"]);
    assert!(!stack.join("c.tf.json").exists());
    assert_eq!(fs::read_to_string(stack.join("b.tf.json")).unwrap(), edited);
    // It is theirs now.
    assert!(nets(&["a"], "1").write_to(out.path())?.kept.is_empty());
    Ok(())
}

#[test]
fn an_edited_file_that_is_still_wanted_is_made_right_and_reported() -> Result<()> {
    let (out, stack) = folder();
    nets(&["a"], "1").write_to(out.path())?;
    let before = snapshot(out.path());
    fs::write(stack.join("a.tf.json"), "{}").unwrap();
    fs::remove_file(stack.join("terraform.tf.json")).unwrap();
    let written = nets(&["a"], "1").write_to(out.path())?;
    assert_eq!(names(&written.overwritten), ["dev/network/a.tf.json"]);
    assert_eq!(names(&written.updated), ["dev/network/a.tf.json"]);
    assert_eq!(names(&written.created), ["dev/network/terraform.tf.json"]);
    assert_eq!(snapshot(out.path()), before);
    Ok(())
}

#[test]
fn what_is_not_ours_is_never_touched() -> Result<()> {
    let (out, stack) = folder();
    fs::create_dir_all(stack.join(".terraform/providers")).unwrap();
    let theirs = [
        "terraform.tfstate",
        "terraform.tfstate.backup",
        ".terraform.lock.hcl",
        ".terraform/providers/x",
        "own.tf",
        "own.tf.json",
        "terraform.tfvars",
        "../README.md",
        "../../notes",
    ];
    theirs.iter().for_each(|name| fs::write(stack.join(name), name).unwrap());
    for ids in [&["a", "b"][..], &["b"], &[]] {
        nets(ids, "1").write_to(out.path())?;
    }
    theirs.iter().for_each(|name| assert_eq!(fs::read_to_string(stack.join(name)).unwrap(), *name));
    Ok(())
}

#[test]
fn a_manifest_that_names_what_is_elsewhere_removes_nothing() -> Result<()> {
    let (out, stack) = folder();
    nets(&["a"], "1").write_to(out.path())?;
    let manifest = fs::read_to_string(stack.join(MANIFEST)).unwrap();
    fs::write(out.path().join("precious"), fs::read(stack.join("a.tf.json")).unwrap()).unwrap();
    let forged = manifest.replace("\"a.tf.json\"", "\"../../precious\"");
    assert_ne!(forged, manifest);
    fs::write(stack.join(MANIFEST), forged).unwrap();
    nets(&["b"], "1").write_to(out.path())?;
    assert!(out.path().join("precious").exists());
    Ok(())
}

#[test]
fn environments_share_a_folder() -> Result<()> {
    let out = TempDir::new().unwrap();
    let environment = |name: &str, stacks: &[&str]| {
        let mut app = app();
        for stack in stacks {
            app.stack(stack, home(name)).unwrap().add("a", Net::new()).unwrap();
        }
        app.synth().unwrap()
    };
    environment("dev", &["network"]).write_to(out.path())?;
    let dev = snapshot(&out.path().join("dev"));
    let written = environment("prod", &["network"]).write_to(out.path())?;
    assert!(written.gone.is_empty() && written.removed.is_empty(), "{written:?}");
    assert_eq!(snapshot(&out.path().join("dev")), dev);
    assert!(out.path().join("prod/network/a.tf.json").is_file());
    Ok(())
}

#[test]
fn a_stack_that_is_gone_is_reported_and_not_deleted() -> Result<()> {
    let out = TempDir::new().unwrap();
    let program = |stacks: &[&str], shared: &[&str]| {
        let mut app = app();
        stacks.iter().for_each(|id| drop(app.stack(id, dev()).unwrap()));
        shared.iter().for_each(|id| drop(app.stack(id, Home::shared()).unwrap()));
        app.synth().unwrap()
    };
    program(&["network", "eks"], &["bootstrap", "dns"]).write_to(out.path())?;
    fs::create_dir_all(out.path().join("dev/mine")).unwrap();
    let before = snapshot(out.path());
    let written = program(&["network"], &["bootstrap"]).write_to(out.path())?;
    assert_eq!(names(&written.gone), ["dev/eks", "dns"]);
    assert_eq!(snapshot(out.path()), before);
    Ok(())
}

/// That it is refused, and that nothing is changed by that.
#[track_caller]
fn refused_without_a_trace(synthesis: &Synthesis, out: &Path, parts: &[&str]) {
    let before = snapshot(out);
    refused(synthesis.write_to(out), parts);
    assert_eq!(snapshot(out), before);
}

#[test]
fn what_stands_in_the_way_is_an_error_and_nothing_is_changed() {
    let other = || {
        let mut app = app();
        app.stack("network", dev()).unwrap().add("a", Net::new()).unwrap();
        app.stack("eks", dev()).unwrap().add("a", Net::new()).unwrap();
        app.stack("aaa", dev()).unwrap().add("a", Net::new()).unwrap();
        app.synth().unwrap()
    };
    type Way = fn(&Path);
    let ways: [(Way, &[&str]); 6] = [
        (
            |stack| fs::write(stack.join("a.tf.json"), "mine").unwrap(),
            &["network/a.tf.json", "did not write", "move it"],
        ),
        (|stack| fs::create_dir(stack.join("a.tf.json")).unwrap(), &["network/a.tf.json", "cannot be read"]),
        (
            |stack| fs::write(stack.join(STAGE), "mine").unwrap(),
            &["network/.mmcdk-stage", "did not make", "move it away"],
        ),
        (
            |stack| fs::write(stack.join(MANIFEST), "no JSON").unwrap(),
            &["network/.mmcdk.json", "manifest", "restore it"],
        ),
        (|stack| fs::write(stack.join(MANIFEST), "{}").unwrap(), &["network/.mmcdk.json", "lists no files"]),
        (
            |stack| {
                fs::remove_dir_all(stack).unwrap();
                fs::write(stack, "mine").unwrap();
            },
            &["dev/network", "cannot be read"],
        ),
    ];
    for (stand, parts) in ways {
        let (out, stack) = folder();
        fs::create_dir_all(&stack).unwrap();
        stand(&stack);
        refused_without_a_trace(&other(), out.path(), parts);
    }
}

#[test]
fn an_output_folder_that_is_a_file_is_an_error() {
    let out = TempDir::new().unwrap();
    fs::write(out.path().join("file"), "mine").unwrap();
    refused(
        nets(&["a"], "1").write_to(out.path().join("file")),
        &["file: the output folder is a file", "another folder"],
    );
    refused(nets(&["a"], "1").write_to(out.path().join("file/below")), &["file/below", "cannot be created"]);
    fs::write(out.path().join("dev"), "mine").unwrap();
    refused_without_a_trace(&nets(&["a"], "1"), out.path(), &["dev/network", "cannot be created"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_staged_leaves_everything_as_it_was() -> Result<()> {
    let folder = TempDir::new().unwrap();
    // Linux takes paths of up to 4,095 bytes, so there is room here for a short name and not for a long one.
    let mut out = folder.path().to_owned();
    while out.as_os_str().len() < 3900 {
        out.push("d".repeat(100));
    }
    fs::create_dir_all(&out).unwrap();
    let long = "x".repeat(200);
    refused_without_a_trace(&nets(&["a", &long], ""), &out, &["cannot be written", "run again"]);
    nets(&["a"], "1").write_to(&out)?;
    refused_without_a_trace(&nets(&["a", &long], "2"), &out, &["too long", "run again"]);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    // Not even root writes here.
    let result = nets(&["a"], "1").write_to("/proc/self/synth");
    refused(result, &["/proc/self/synth: ", "cannot be created", "permissions"]);
}

/// Every state of the folder that a kill can leave when `new` is written over `old`.
fn killed(old: &Synthesis, new: &Synthesis) -> Vec<TempDir> {
    let (from, to) = (after(&[old]), after(&[old, new]));
    let manifest = Path::new("dev/network").join(MANIFEST);
    let files = |all: &BTreeMap<PathBuf, Option<Vec<u8>>>| -> Vec<(PathBuf, Vec<u8>)> {
        all.iter().filter_map(|(path, bytes)| Some((path.clone(), bytes.clone()?))).collect()
    };
    let mut changed: Vec<_> =
        files(&to).into_iter().filter(|(path, bytes)| from.get(path) != Some(&Some(bytes.clone()))).collect();
    // The manifest is staged and renamed last.
    changed.sort_by_key(|(path, _)| *path == manifest);
    let removed: Vec<_> = files(&from).into_iter().filter(|(path, _)| !to.contains_key(path)).collect();

    let state = |staged: usize, torn: bool, renamed: usize, gone: usize| {
        let out = TempDir::new().unwrap();
        let stack = out.path().join("dev/network");
        fs::create_dir_all(stack.join(STAGE)).unwrap();
        for (path, bytes) in files(&from) {
            fs::write(out.path().join(path), bytes).unwrap();
        }
        for (index, (path, bytes)) in changed.iter().enumerate() {
            let stage = stack.join(STAGE).join(path.file_name().unwrap());
            match index {
                _ if index < renamed => fs::write(out.path().join(path), bytes).unwrap(),
                _ if index < staged => fs::write(stage, bytes).unwrap(),
                _ if index == staged && torn => fs::write(stage, &bytes[..bytes.len() / 2]).unwrap(),
                _ => {}
            }
        }
        for (path, _) in &removed[..gone] {
            fs::remove_file(out.path().join(path)).unwrap();
        }
        out
    };
    let all = changed.len();
    let mut states = Vec::new();
    if all == 0 {
        return states;
    }
    for staged in 0..all {
        states.extend([state(staged, false, 0, 0), state(staged, true, 0, 0)]);
    }
    states.extend((0..all).map(|renamed| state(all, false, renamed, 0)));
    states.extend((0..=removed.len()).map(|gone| state(all, false, all - 1, gone)));
    states.push(state(all, false, all, removed.len()));
    states
}

#[test]
fn a_kill_at_any_moment_is_mended_by_the_next_run() {
    let programs = [
        nets(&["a", "b", "c"], "1"),
        nets(&["a", "b", "d", "e"], "2"),
        nets(&["a"], "3"),
        synthesis(|stack| stack.output("x", "y")),
    ];
    for old in &programs {
        for new in &programs {
            // Whichever program runs next: its files are there, and no others.
            for next in &programs {
                let expected = after(&[next]);
                for (step, out) in killed(old, new).iter().enumerate() {
                    let written = next.write_to(out.path()).unwrap();
                    assert_eq!(snapshot(out.path()), expected, "step {step}: {written:?}");
                    assert!(written.kept.is_empty() && written.overwritten.is_empty(), "step {step}: {written:?}");
                }
            }
        }
    }
}

#[test]
fn a_kill_of_the_very_first_run_is_mended() -> Result<()> {
    let (out, stack) = folder();
    let program = nets(&["a"], "1");
    fs::create_dir_all(stack.join(STAGE)).unwrap();
    fs::write(stack.join(STAGE).join("a.tf.json"), "half").unwrap();
    program.write_to(out.path())?;
    assert_eq!(snapshot(out.path()), after(&[&program]));
    Ok(())
}

#[test]
fn an_edit_after_a_kill_is_kept() {
    let (old, new) = (nets(&["a", "b"], "1"), nets(&["a"], "2"));
    for out in killed(&old, &new) {
        let b = out.path().join("dev/network/b.tf.json");
        if b.exists() {
            fs::write(&b, "edited").unwrap();
            assert_eq!(names(&new.write_to(out.path()).unwrap().kept), ["dev/network/b.tf.json"]);
            assert_eq!(fs::read_to_string(&b).unwrap(), "edited");
        }
    }
}

#[test]
fn a_run_that_fails_after_a_kill_loses_nothing() {
    let (old, new) = (nets(&["a", "b"], "1"), nets(&["a", "c"], "2"));
    for out in killed(&old, &new) {
        fs::create_dir(out.path().join("dev/network/z.tf.json")).unwrap();
        refused(nets(&["a", "z"], "3").write_to(out.path()), &["z.tf.json"]);
        fs::remove_dir(out.path().join("dev/network/z.tf.json")).unwrap();
        new.write_to(out.path()).unwrap();
        assert_eq!(snapshot(out.path()), after(&[&new]));
    }
}

#[test]
fn many_stacks_are_written_together_or_not_at_all() {
    let program = |value: &str| {
        let mut app = app();
        for n in 0..100 {
            let mut stack = app.stack(&format!("s{n}"), dev()).unwrap();
            stack.with(Local::new().tag("V", value)).add("a", Net::new()).unwrap();
        }
        app.synth().unwrap()
    };
    let out = TempDir::new().unwrap();
    program("1").write_to(out.path()).unwrap();
    let in_the_way = out.path().join("dev/s57").join(STAGE);
    fs::write(&in_the_way, "mine").unwrap();
    refused_without_a_trace(&program("2"), out.path(), &["dev/s57"]);
    fs::remove_file(&in_the_way).unwrap();
    assert_eq!(program("2").write_to(out.path()).unwrap().updated.len(), 100);
    assert_eq!(snapshot(out.path()), after(&[&program("2")]));
}
