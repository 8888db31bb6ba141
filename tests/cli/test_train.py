"""`neurosim train` as a user runs it: nothing is lost, nothing is overwritten, every bit is repeatable."""

import json
import os
import re
import shutil
import signal

import pytest

import neurosim
from neurosim.cli import main
from neurosim.experiment.config import load_config
from neurosim.experiment.training import Training
from neurosim.results import RunFile, read_run

KEYS = {"test_error", "validation_error", "epochs", "seconds", "spikes_per_inference",
        "synaptic_operations_per_inference", "peak_rss_mb", "samples_per_second", "out"}
#: run neurosim where no file may grow beyond 4 kB
FULL_DISK = ("-c", "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
             "from neurosim.cli import main; sys.exit(main())")


def json_of(capsys, *words):
    assert main([*words, "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


def attributes(path):
    with RunFile(path) as run:
        return run.attributes


@pytest.mark.slow
def test_the_summary_as_json_is_what_the_file_holds(here, small, capsys):
    report = json_of(capsys, "train", "--no-figure", *small)
    assert KEYS <= set(report)
    assert (report["out"], report["figure"], report["epochs"]) == ("mnist.h5", None, 3)
    results, history = (read_run("mnist.h5")[0][name] for name in ("results", "history"))
    answers, labels = (results["test"][name].data for name in ("answers", "labels"))
    assert report["test_error"] == (answers != labels).mean() == results["test"]["error"].data
    assert report["test_error"] < 0.5, "it learns"
    assert report["validation_error"] == results["validation"]["error"].data == history["validation_error"].data[-1]
    assert report["seconds"] == pytest.approx(history["seconds"].data.sum())
    assert report["spikes_per_inference"] == pytest.approx(results["test"]["signals"].data.sum() / len(labels))
    spikes = read_run("mnist.h5")[0]["spikes"]
    learnt = report["samples_per_second"] * report["seconds"]
    assert report["spikes_per_training_sample"] == pytest.approx(
        sum(spikes[phases].data.sum() for phases in ("free", "nudged")) / learnt)
    confusion = results["test"]["confusion"].data
    assert confusion.sum() - confusion.trace() == (answers != labels).sum()


@pytest.mark.slow
def test_no_epochs_evaluate_the_initial_network(here, small, capsys):
    report = json_of(capsys, "train", "--no-figure", *small, "--set", "training.epochs=0")
    assert report["epochs"] == 0 and report["test_error"] > 0.7, "it guesses"
    assert "joules_per_inference" in report["energy"] and "joules_per_training_sample" not in report["energy"]
    assert main(["train", "--force", "--out", "mnist.h5", *small, "--set", "training.epochs=0"]) == 0
    assert "0 epochs" in capsys.readouterr().out


@pytest.mark.slow
def test_the_summary_for_people_and_the_figure(here, small, capsys):
    assert main(["train", *small]) == 0
    captured = capsys.readouterr()
    sentence = r"^test error +[\d.]+%  \(95 % interval [\d.]+% to [\d.]+%; \d+ of 70 images wrong\)$"
    assert re.search(sentence, captured.out, re.MULTILINE)
    assert "Effective_ACs" in captured.out and "neurosim evaluate mnist.h5" in captured.out
    lines = captured.err.splitlines()
    assert lines[0].endswith(
        "training mnist: spiking network conv 8, dense 10 on mnist, 3 epochs, seed 0; run file mnist.h5")
    assert sum("validation error" in line for line in lines) == 3
    assert (here / "mnist.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_nobodys_run_is_overwritten(here, small, capsys):
    (here / "mnist.h5").write_text("mine")
    (here / "mnist-2.png").write_text("mine")
    assert json_of(capsys, "train", "--no-figure", *small)["out"] == "mnist-3.h5"
    assert main(["train", "--out", "mnist.h5", *small]) == 2
    assert capsys.readouterr().err == (
        "neurosim: --out mnist.h5: already exists; choose another name, continue it with --resume mnist.h5, "
        "or replace it with --force\n")
    assert (here / "mnist.h5").read_text() == (here / "mnist-2.png").read_text() == "mine"
    assert json_of(capsys, "train", "--no-figure", "--force", "--out", "mnist.h5", *small)["out"] == "mnist.h5"


@pytest.mark.parametrize("words, sentence", [
    (["--out", "none/run.h5"], "there is no folder"),
    (["--out", "run.png"], "--out run.png: the ending is '.png'; end it in .h5 or .hdf5"),
    (["--resume", "run.h5"], "there is no such run file"),
    (["--resume", "run.h5", "--out", "b.h5"], "omit --out"),
    (["--set", "training.batch=201"], "training.batch: 201 exceeds the 200 training images"),
    (["--set", "record.layers=['conv9']"], "no layer is called 'conv9'"),
    (["--set", "network.layers.1.units=9"], "9 units for 10 classes"),
])
def test_what_cannot_work_is_refused_before_it_begins(words, sentence, here, small, capsys):
    assert main(["train", "--quiet", *small, *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert os.listdir(here) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_found_before_training(here, small, capsys):
    here.chmod(0o500)
    assert main(["train", "--quiet", *small]) == 2
    assert "choose a folder that you may write to" in capsys.readouterr().err


@pytest.mark.slow
def test_one_and_two_threads_give_the_same_bits(here, small, finished, same_model):
    for threads in ("1", "2"):
        assert main(["train", "--out", f"{threads}.h5", "--threads", threads, "--quiet", "--no-figure", *small]) == 0
        assert same_model(f"{threads}.h5", finished)


@pytest.mark.slow
def test_a_killed_run_goes_on_bit_for_bit(here, small, finished, same_model, start, wait_for):
    process = start("train", "--out", "run.h5", "--no-figure", *small,
                    "--set", "training.checkpoint_seconds=0.05", cwd=here)
    wait_for(process, "validation error")
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not attributes("run.h5")["finished"]
    assert main(["train", "--resume", "run.h5", "--quiet", "--no-figure"]) == 0
    assert same_model("run.h5", finished)
    assert not list(here.glob(".*")), "temporaries of the killed process are gone"


@pytest.mark.slow
def test_an_interrupted_run_saves_and_goes_on_bit_for_bit(here, small, finished, same_model, start, wait_for):
    process = start("train", "--out", "run.h5", "--no-figure", *small, cwd=here)
    wait_for(process, "epoch 1/3")
    process.send_signal(signal.SIGINT)
    out, error = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert error.endswith("continue with: neurosim train --resume run.h5\n") and "Traceback" not in error
    stopped = attributes("run.h5")
    assert stopped["batch"] > 0 and not stopped["finished"]
    assert main(["train", "--resume", "run.h5", "--quiet", "--no-figure"]) == 0
    assert same_model("run.h5", finished)


@pytest.mark.slow
def test_an_interrupted_evaluation_is_made_up_for(here, small, monkeypatch, capsys):
    from neurosim.experiment.pipeline import conclusion

    def interrupt(*arguments):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(conclusion, "concluded", interrupt)
        assert main(["train", "--out", "run.h5", "--no-figure", *small]) == 130
    stopped = "stopped after learning, before the summary; continue with: neurosim train --resume run.h5"
    assert stopped in capsys.readouterr().err
    assert json_of(capsys, "train", "--resume", "run.h5", "--no-figure")["test_error"] < 0.5


class ThreeBatches:
    """An observer that stops a training early."""

    def batch(self, training, samples):
        self.done = training.progress.batch

    def saved(self, training):
        pass

    def stop(self):
        return self.done == 3


@pytest.mark.slow
def test_a_full_disk_leaves_the_last_good_file(here, small, finished, same_model, start):
    assert not Training(load_config("mnist", small[1:]), "run.h5").run(ThreeBatches())
    good = (here / "run.h5").read_bytes()
    process = start("train", "--resume", "run.h5", "--quiet", "--no-figure", cwd=here, wrapper=FULL_DISK)
    out, error = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert re.fullmatch(r"neurosim: run file .*: not written: .*the file that was there is untouched\n", error)
    assert (here / "run.h5").read_bytes() == good
    assert main(["train", "--resume", "run.h5", "--quiet", "--no-figure"]) == 0
    assert same_model("run.h5", finished)


def test_a_finished_run_tells_its_summary_again(here, finished, capsys):
    shutil.copy(finished, "run.h5")
    before = (here / "run.h5").read_bytes()
    first = json_of(capsys, "train", "--resume", "run.h5", "--no-figure")
    assert (here / "run.h5").read_bytes() == before
    with RunFile(finished) as run:
        assert first["test_error"] == run["results/test/error"].data
        assert first["peak_rss_mb"] == run["results/peak_memory"].data
    assert main(["train", "--resume", "run.h5", "--no-figure"]) == 0
    assert "this run is finished" in capsys.readouterr().err


def test_a_run_does_not_go_on_under_another_configuration(here, finished, capsys):
    shutil.copy(finished, "run.h5")
    assert main(["train", "--resume", "run.h5", "--quiet", "--set", "training.epochs=4"]) == 2
    assert "(training.epochs: 3 -> 4)" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_missing_of_a_finished_run_is_made_by_resume(here, small, capsys, monkeypatch):
    """A kill while recordings are written leaves a finished run without records and without a figure."""
    from neurosim.experiment.pipeline import conclusion

    class Killed(BaseException):
        """What ends a process at once."""

    def kill(*arguments):
        raise Killed
    words = [*small, "--set", "training.epochs=1", "record.layers=['conv1']", "record.samples=2"]
    assert main(["train", "--out", "whole.h5", "--quiet", "--no-figure", *words]) == 0
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(conclusion, "record", kill)
        main(["train", "--out", "run.h5", "--quiet", *words])
    assert attributes("run.h5")["finished"] and not (here / "run.png").exists()
    assert main(["train", "--resume", "run.h5", "--quiet"]) == 0
    assert (here / "run.png").exists()
    whole, made_up_for = (read_run(path)[0]["records"] for path in ("whole.h5", "run.h5"))
    assert whole["free"]["conv1"]["spikes"].data.tobytes() == made_up_for["free"]["conv1"]["spikes"].data.tobytes()


def test_a_bare_recording_holds_all_layers(here, finished, capsys):
    shutil.copy(finished, "run.h5")
    assert main(["record", "run.h5"]) == 0
    assert capsys.readouterr().out.endswith("next    neurosim report run.h5\n")
    records = read_run("run.h5")[0]["records"]
    layers = [layer.name for layer in neurosim.open_run("run.h5").config.network.layers]
    assert len(records["free"]) == len(layers) + 1 and "input" in records["free"] and len(records["samples"].data) == 10


@pytest.mark.parametrize("words", [["--force", "--out", "old.h5"], ["--out", "new.h5"], []])
def test_a_configuration_that_fails_in_its_first_batch_leaves_what_was_there(words, here, small, monkeypatch, capsys):
    def fail(*arguments):
        raise ValueError("learning.free_steps: too many")
    (here / "old.h5").write_text("mine")
    monkeypatch.setattr(Training, "_learn_batch", fail)
    assert main(["train", "--quiet", *words, *small]) == 2
    assert capsys.readouterr().err == "neurosim: learning.free_steps: too many\n"
    assert os.listdir(here) == ["old.h5"] and (here / "old.h5").read_text() == "mine"


@pytest.mark.parametrize("words", [["train", "--force", "--out"], ["train", "--resume"], ["record", "--layers=conv1"]])
def test_a_run_that_another_process_writes_is_refused(words, here, finished, small, start, wait_for, capsys):
    shutil.copy(finished, "run.h5")
    before = (here / "run.h5").read_bytes()
    holder = start("-c", "import sys, time; from neurosim.results.reservation import reserved\n"
                   "with reserved('run.h5'): print('held', file=sys.stderr, flush=True); time.sleep(60)",
                   cwd=here, wrapper=())
    wait_for(holder, "held")
    assert main([*words, "run.h5", *(small if "--out" in words else ())]) == 2
    assert re.search(rf"run.h5: is being written by process {holder.pid} on .*; choose another name, or wait until "
                     r"that has ended\n$", capsys.readouterr().err)
    assert (here / "run.h5").read_bytes() == before
    holder.kill()
    holder.communicate()


@pytest.mark.slow
def test_simultaneous_trainings_have_files_of_their_own(here, small, start):
    words = ("train", "--quiet", "--no-figure", *small, "--set", "training.epochs=1")
    begun = [start(*words, f"seed={seed}", cwd=here) for seed in range(3)]
    for process in begun:
        assert process.communicate()[1] == "" and process.returncode == 0
    assert sorted(os.listdir(here)) == ["mnist-2.h5", "mnist-3.h5", "mnist.h5"]
    assert {attributes(path)["seed"] for path in os.listdir(here)} == {0, 1, 2}


@pytest.mark.slow
def test_a_figure_is_not_replaced_unasked(here, small, capsys):
    (here / "run.png").write_text("mine")
    words = ["train", "--out", "run.h5", "--quiet", "--json", *small, "--set", "training.epochs=1"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["figure"] == "run-2.png"
    assert (here / "run.png").read_text() == "mine"
    assert json_of(capsys, "train", "--resume", "run.h5")["figure"] in ("run-2.png", "run-3.png")
    assert main([*words, "--force"]) == 0
    assert json.loads(capsys.readouterr().out)["figure"] == "run.png"
    before = sorted(os.listdir(here))
    assert json_of(capsys, "train", "--resume", "run.h5")["figure"] == "run.png", "the same bytes already exist"
    assert sorted(os.listdir(here)) == before


@pytest.mark.slow
def test_single_steps_are_recorded_on_request(here, small, capsys):
    report = json_of(capsys, "train", "--no-figure", *small, "--set", "record.layers=['conv1']", "record.samples=3")
    with RunFile(report["out"]) as run:
        assert run.shape("records/free/conv1/spikes") == (3, 10, 128)
        assert run["results/test/error"].data == report["test_error"]


@pytest.mark.parametrize("changes, state", [
    (["optimiser.rates=1.0"], "mostly dead: 100.0%"),
    (["network.gains=[50, 1]", "optimiser.rates=0.0", "seed=1"], "saturated: 6")])
def test_a_layer_that_takes_no_part_is_named(changes, state, here, small, capsys):
    assert main(["train", "--quiet", "--no-figure", *small, "--set", "training.epochs=1", *changes]) == 0
    assert f"warning: layer conv1 is {state}" in capsys.readouterr().err


@pytest.mark.slow
def test_compilation_is_announced(here, small, start, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cold"))
    process = start("train", "--no-figure", *small, cwd=here)
    for line in process.stderr:
        if "compiling kernels (once per machine" in line:
            break
        assert "epoch" not in line or "3 epochs" in line
    else:
        raise AssertionError("compilation was not announced")
    process.kill()
    process.communicate()
