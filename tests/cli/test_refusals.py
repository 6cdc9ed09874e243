# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input: each a sentence, an exit code, the old output as it was, nothing left behind."""

import os
import resource
import struct
import subprocess
import unittest
import zlib

import numpy as np

from support import (CANNOT_CREATE, DATA, IO_ERROR, NO_INPUT, PROGRAM, UNAVAILABLE, USAGE,
                     ProgramTest)


class Refusals(ProgramTest):
    def setUp(self):
        super().setUp()
        self.wav("x.wav", np.linspace(-0.5, 0.5, 100))
        self.png("x.png", np.arange(60, dtype=np.uint8).reshape(6, 10))
        self.npy("x.npy", np.arange(20.0))
        self.npy("i.npy", np.arange(20))
        self.csv("x.csv", "date,v\n2026-01-01,1\n2026-01-02,2\n2026-01-03,4\n")
        for name in ["y.wav", "y.png", "y.npy", "y.csv"]:
            self.path(name).write_text("the old output")

    def no(self, code, says, command, output=None):
        """A command line in one string, with its output named y.* by the input's kind."""
        words = command if isinstance(command, list) else command.split()
        if "-o" not in words:
            words += ["-o", "y" + os.path.splitext(words[1])[1]]
        return self.refused(code, says, *words)

    # The command line.

    def test_commands_and_options(self):
        self.refused(USAGE, "convolve, correlate, gradient, continuous, deconvolve, plan, info and "
                            "kernels")
        self.refused(USAGE, ["no command 'convolv'", "did you mean convolve?"], "convolv", "x.wav")
        self.refused(USAGE, "--help", "convolve")
        self.refused(USAGE, "KERNEL is missing", "convolve", "x.wav", "-o", "y.wav")
        self.refused(USAGE, "TEMPLATE is missing", "correlate", "x.wav", "-o", "y.wav")
        self.refused(USAGE, "--output", "convolve", "x.wav", "exp:1")
        self.no(USAGE, ["no option --extend", "did you mean --extent?"],
                "convolve x.wav exp:1 --extend full")
        self.no(USAGE, "--lags goes with correlate", "convolve x.wav exp:1 --lags 0:1")
        self.no(USAGE, "no option -z", "convolve x.wav exp:1 -z")
        self.no(USAGE, "'third' is one operand too many", "convolve x.wav exp:1 third")
        self.no(USAGE, "contradict", ["convolve", "x.wav", "exp:1", "--kernel", "1 2"])
        self.no(USAGE, "", "convolve x.wav exp:1 --extent")
        self.no(USAGE, "", "convolve x.wav exp:1 --extent full --extent same")
        self.refused(USAGE, "empty", "convolve", "", "exp:1", "-o", "y.wav")
        self.refused(USAGE, "empty", "convolve", "x.wav", "", "-o", "y.wav")
        self.refused(USAGE, "empty", "convolve", "x.wav", "exp:1", "-o", "")

    def test_messages_are_sentences_that_name_the_command(self):
        see = "see faltung convolve --help"
        self.no(USAGE, ["--output is given more than once", see],
                "convolve x.wav exp:1 -o a.wav -o b.wav")
        self.no(USAGE, ["--extent needs a value", see], "convolve x.wav exp:1 -o y.wav --extent")
        self.no(USAGE, ["no option --extend", see], "convolve x.wav exp:1 --extend full")
        self.refused(USAGE, ["PROBLEM is missing", "see faltung plan --help"], "plan")
        self.refused(USAGE, "quote it", "plan", "convolve", "f32")
        self.refused(USAGE, "--cpu is a switch", "info", "--cpu=x")

    def test_all_that_is_missing_is_named_at_once(self):
        self.refused(USAGE, ["INPUT, KERNEL and -o FILE (--output) are missing"], "convolve")
        self.refused(USAGE, ["TEMPLATE and -o FILE (--output) are missing"], "correlate", "x.wav")
        self.refused(USAGE, ["-o FILE (--output) is missing"], "convolve", "x.wav", "exp:1")

    def test_standard_streams(self):
        self.no(DATA, "standard input is empty", "convolve - exp:1 -o y.wav")
        self.no(USAGE, "KERNEL is a file or a name", "convolve x.wav - -o y.wav")
        self.no(USAGE, "TEMPLATE is a file or a name", "correlate x.wav - -o y.wav")
        self.no(USAGE, "--plot is a file", "convolve x.csv exp:1 -o y.csv --plot -")
        for report in ["--json", "--explain", "--report-error"]:
            self.no(USAGE, f"-o - and {report} both", ["convolve", "x.wav", "exp:1", "-o", "-", report])

    def test_raw_samples(self):
        for text, why in [("48000", "RATE:CHANNELS:ENCODING"), ("0:1:pcm16", "the rate is 1"),
                          ("48000:0:pcm16", "1 to 1024 channels"), ("a:1:pcm16", "whole number"),
                          ("48000:1:pcm12", "is not an encoding"), ("48000:1:32", "could mean")]:
            self.no(USAGE, why, ["convolve", "x.wav", "exp:1", "-o", "y.wav", "--raw", text])
        self.path("x.raw").write_bytes(b"\0" * 15)
        self.no(USAGE, "say what they are by --raw", "convolve x.raw exp:1 -o y.wav")
        self.no(USAGE, "did you mean wav", "convolve x.wav exp:1 -o y.wav --format wave")

    def test_levels_of_sound(self):
        self.no(USAGE, "--gain and --wet contradict", "convolve x.wav exp:1 --gain 1 --wet 2")
        self.no(USAGE, "--dry takes a factor such as 0.5 or decibels", "convolve x.wav exp:1 --dry x")
        self.no(USAGE, "--dry goes with convolve", "correlate x.wav exp:1 --dry 1")
        self.no(USAGE, ["--output-gain 'peek' is none", "peak:-1dB"],
                "convolve x.wav exp:1 --output-gain peek")
        self.no(USAGE, "no level of a peak", "convolve x.wav exp:1 --output-gain peak:1dB")
        self.no(USAGE, "exp:1 has no sample rate", "convolve x.wav exp:1 --resample")
        for option in ["--wet 1", "--dry 1", "--output-gain peak", "--output-gain 2", "--resample"]:
            for kind in ["png", "npy", "csv"]:
                self.no(USAGE, f"{option.split()[0]} has no meaning",
                        f"convolve x.{kind} exp:1 {option}")

    def test_wording_of_kernels_and_axes(self):
        said = self.no(USAGE, "such as gaussian:3", "convolve x.png gaussian:")
        self.assertNotIn("''", said)
        self.no(USAGE, "complex taps need an NPY file", ["convolve", "x.npy", "--kernel", "1+2i 2"])
        self.no(USAGE, "has 1 number,", ["convolve", "x.npy", "--kernel", "1 2; 3"])
        self.no(USAGE, "axis 0 is named twice", "convolve x.npy --kernel 1 --axes 0,0")
        self.no(USAGE, "named twice", "convolve x.npy --kernel 1 --axes 0,-1")
        self.csv("bad.csv", "a,b\n1\n")
        self.no(DATA, "has 1 cell,", "convolve bad.csv exp:1")

    def test_a_line_break_in_a_name_makes_no_second_line(self):
        self.no(NO_INPUT, "a?b.wav", ["convolve", "a\nb.wav", "exp:1", "-o", "y.wav"])
        done = self.run_program("convolve", "x.wav", "exp:1", "-o", "a\nb.wav")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (0, 1))

    def test_the_resampling_hint_can_be_pasted(self):
        self.wav("my room; touch it's.wav", np.ones(3), rate=44100)
        self.no(DATA, """sox 'my room; touch it'\\''s.wav' -r 48000 """
                      """'my room; touch it'\\''s-48000.wav'""",
                ["convolve", "x.wav", "my room; touch it's.wav"])

    def test_pipes_and_devices(self):
        os.mkfifo(self.path("pipe.csv")), os.symlink("/dev/null", self.path("null.csv"))
        for name in ["pipe.csv", "null.csv"]:
            self.no(NO_INPUT, [name, "no regular file"], f"convolve {name} exp:1 -o w.csv")
            self.no(NO_INPUT, [name, "no regular file"], f"convolve x.csv {name} -o w.csv")
            self.no(CANNOT_CREATE, [name, "no regular file"], f"convolve x.csv exp:1 -o {name}")

    def test_unknown_names(self):
        self.no(USAGE, ["gaussian"], "convolve x.png gausian:2")
        self.no(USAGE, ["causal", "full", "same", "valid"], "convolve x.wav exp:1 --extent fulll")
        self.no(USAGE, ["mirror"], "convolve x.wav exp:1 --boundary miror")
        self.no(USAGE, ["direct", "overlap_save"], "convolve x.wav exp:1 --method fast")
        self.no(USAGE, ["none, sum, area", "did you mean sum?"],
                "convolve x.wav exp:1 --kernel-scale summ")
        self.no(USAGE, ["saturate"], "convolve i.npy --kernel 1 --policy clamp")
        self.no(USAGE, ["f64"], "convolve i.npy --kernel 1 --result float")
        for option, meant in [("--result f23", "f32"), ("--method ftt", "fft_single"),
                              ("--bits pcm61", "pcm16"), ("--bits float", "float32"),
                              ("--signed abs", "absolute"), ("--output-gain peek", "peak"),
                              ("--accuracy nrom", "norm"), ("--extent sam", "same"),
                              ("--format tif", "tiff")]:
            kind = "npy" if "result" in option else "png" if "signed" in option else "wav"
            self.no(USAGE, [f"did you mean {meant}", "llowed"], f"convolve x.{kind} exp:1 {option}")
        self.no(USAGE, ["pcm16"], "convolve x.wav exp:1 --bits 12")
        self.no(USAGE, "sobel-x", "convolve x.wav sobel-x")
        self.no(USAGE, "exp", "convolve x.png exp:12")

    def test_a_bare_reflect_is_refused_naming_both_meanings(self):
        self.no(USAGE, ["symmetric", "mirror"], "convolve x.png box:3 --boundary reflect")

    def test_contradictions(self):
        self.no(USAGE, "contradict", "convolve x.wav exp:1 --extent full --window 0:3")
        self.no(USAGE, "contradict", "correlate x.wav exp:1 --lags 0:1 --window 0:3")
        self.no(USAGE, ["--cval", "default of a picture"], "convolve x.png box:3 --cval 3")
        self.no(USAGE, "--cval contradicts", "convolve x.wav exp:1 --cval 3 --boundary wrap")
        self.no(USAGE, "--origin", "convolve x.wav exp:1 --origin 3")
        self.no(USAGE, "--origin", "convolve x.png box:3 --origin 3,3 --extent full")

    def test_options_without_meaning_for_the_kind(self):
        for option in ["--axes 0", "--dt 1", "--policy wrap", "--result f32", "--column v",
                       "--kernel-column v"]:
            self.no(USAGE, option.split()[0], "convolve x.wav exp:1 " + option)
            if option != "--dt 1":
                self.no(USAGE, option.split()[0], "convolve x.png box:3 " + option)
        self.no(USAGE, "--bits", "convolve x.png box:3 --bits 16")
        self.no(USAGE, "--bits", "convolve x.csv exp:3 --bits 16")
        self.no(USAGE, "--bits", "convolve x.npy exp:3 --bits 16")
        self.no(USAGE, "--bits", "convolve x.wav exp:3 --bits 16 -o y.npy")
        self.no(USAGE, "step of time", "convolve x.png --kernel 1 --kernel-scale area")

    def test_values_out_of_range(self):
        for text in ["--threads 0", "--threads -1", "--threads 100000", "--threads two", "--dt 0",
                     "--dt -1", "--dt nan", "--stride 0", "--stride x", "--stride 1,2",
                     "--stride -1", "--dilation 0", "--dilation 1,1,1", "--window 5", "--window 5:",
                     "--window 1:2:3", "--window 5:5", "--window 9:2", "--gain nan", "--gain inf",
                     "--gain 1e999", "--gain 99999dB", "--stride 99999999999999999999",
                     "--stride 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "--axes 7", "--axes 0,0"]:
            done = self.run_program("convolve", "x.npy", "--kernel", "1 2", "-o", "z.npy",
                                    *text.split())
            self.assertIn(done.returncode, [USAGE, DATA], f"{text}: {done.stderr}")
            self.assertTrue(done.stderr.startswith("faltung: "), text)
            self.assertFalse(self.path("z.npy").exists(), text)
        for kernel in ["gaussian:0", "gaussian:-1", "gaussian:nan", "gaussian:", "gaussian",
                       "box:0", "box:-3", "box:2.5", "exp:0", "exp:-1", "exp:inf", "exp:1e-400",
                       "moving-average:0", "gaussian:1:2"]:
            self.no(USAGE, "", f"convolve x.npy {kernel}")
        for numbers in ["", " ", "1 2; 3", "1 x", ";", "1;;2", "1e999"]:
            self.no(USAGE, "", ["convolve", "x.npy", "--kernel", numbers])
        for numbers in ["1,,2", ",1", "1,", "1 2;3,", ","]:
            self.no(USAGE, ["row", "comma", "blanks"], ["convolve", "x.npy", "--kernel", numbers])

    # Files.

    def test_missing_files(self):
        self.no(NO_INPUT, "cannot read room.wv", "convolve x.wav room.wv")
        self.no(NO_INPUT, "did you mean x.wav?", "convolve x.wav x.wv")
        self.no(NO_INPUT, "did you mean x.wav?", "convolve xx.wav exp:1")
        self.no(USAGE, ["no file 'gausian'", "did you mean gaussian?"], "convolve x.png gausian")
        self.no(USAGE, "unknown kernel 'exp.5'", "convolve x.wav exp.5")
        self.no(NO_INPUT, "none.wav", "convolve none.wav exp:1")
        self.no(NO_INPUT, "none.wav", "convolve x.wav none.wav")
        self.no(NO_INPUT, "none/room", "convolve x.wav none/room")
        self.path("folder.wav").mkdir()
        self.no(NO_INPUT, "folder", "convolve folder.wav exp:1")
        self.no(NO_INPUT, "folder", "convolve x.wav folder.wav")
        self.no(NO_INPUT, "", "convolve x.wav/x.wav exp:1")

    def test_memory_is_a_number_of_bytes_above_0(self):
        for word, says in [("0", "leaves no memory"), ("0k", "leaves no memory"), ("5Q", "512k, 64M or 2G"),
                           ("-1", "512k, 64M or 2G")]:
            self.no(USAGE, ["--max-memory", says], f"convolve x.wav exp:1 --max-memory {word}")

    def test_names_that_share_a_suffix_alone_are_not_meant(self):
        for missing in ["room.wav", "nothing.wav", "room-long.wav"]:
            said = self.no(NO_INPUT, f"cannot read {missing}", f"convolve x.wav {missing}")
            self.assertNotIn("did you mean", said)

    def test_suffixes(self):
        for output, meant in [("y.wave", ".wav"), ("y.jpgg", ".jpg"), ("y.tff", ".tif"), ("y.cvs", ".csv")]:
            self.refused(USAGE, [f"did you mean {meant}?", ".tif, .tiff,", "--format"], "convolve",
                         "x.wav", "exp:1", "-o", output)
        self.refused(USAGE, ["no suffix", "--format"], "convolve", "x.wav", "exp:1", "-o", "y")
        self.csv("x.txt", "1"), self.csv("nosuffix", "1")
        self.no(USAGE, [".wav", ".npy"], "convolve x.txt exp:1 -o y.npy")
        self.no(USAGE, [".wav", ".npy"], "convolve x.wav nosuffix -o y.wav")
        self.no(USAGE, [".wav", ".npy"], "convolve x.wav exp:1 -o y.ogg")
        self.no(USAGE, ["sound", "WAV, FLAC, raw samples, NPY"], "convolve x.wav exp:1 -o y.png")
        self.no(USAGE, ["picture", "PNG, JPEG, TIFF, NPY"], "convolve x.png box:3 -o y.wav")
        self.no(USAGE, ["NPY"], "convolve x.npy box:3 -o y.csv")
        self.no(USAGE, ["CSV, NPY"], "convolve x.csv exp:3 -o y.wav")

    def test_kernels_of_another_kind(self):
        for command in ["convolve x.wav x.png", "convolve x.wav x.csv", "convolve x.png x.wav",
                        "convolve x.png x.csv", "convolve x.csv x.wav", "convolve x.npy x.wav",
                        "convolve x.npy x.png"]:
            self.no(DATA, ["cannot meet", "allowed are"], command)

    def test_empty_files(self):
        for name in ["e.wav", "e.flac", "e.png", "e.jpg", "e.npy", "e.csv"]:
            self.path(name).write_bytes(b"")
            self.refused(DATA, name, "convolve", name, "--kernel", "1", "-o", "z.npy")

    def test_zero_lengths(self):
        self.wav("z.wav", np.zeros((0, 1)))
        self.npy("z.npy", np.zeros((3, 0))), self.npy("scalar.npy", np.float64(3))
        self.csv("z.csv", "date,v\n")
        for name in ["z.wav", "z.npy", "scalar.npy", "z.csv"]:
            self.refused(DATA, name, "convolve", name, "--kernel", "1", "-o", "w.npy")
        self.no(DATA, "z.npy", "convolve x.npy z.npy")
        self.no(DATA, "z.wav", "convolve x.wav z.wav")
        self.no(DATA, "", ["convolve", "x.csv", "--kernel", "1 2 3 4 5", "--extent", "valid"])

    def test_shapes_that_do_not_fit(self):
        self.npy("a.npy", np.ones((4, 3))), self.npy("b.npy", np.ones((2, 2)))
        self.no(DATA, "", "convolve a.npy b.npy --axes 0")
        self.no(DATA, "", ["convolve", "x.wav", "--kernel", "1 2; 3 4"])
        self.no(DATA, "", ["convolve", "x.csv", "--kernel", "1 2; 3 4"])

    def test_truncated_files(self):
        originals = {name: self.path(name).read_bytes()
                     for name in ["x.wav", "x.png", "x.npy", "x.csv"]}
        self.ok("convolve", "x.png", "--kernel", "1", "-o", "c.jpg")
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "c.flac")
        originals["c.jpg"] = self.path("c.jpg").read_bytes()
        originals["c.flac"] = self.path("c.flac").read_bytes()
        for name, data in originals.items():
            suffix = name.split(".")[1]
            cuts = range(0, len(data), max(1, len(data) // 25))
            for cut in cuts:
                self.path("cut." + suffix).write_bytes(data[:cut])
                done = self.run_program("convolve", "cut." + suffix, "--kernel", "1", "-o",
                                        "w.npy")
                # A table, a JPEG or a stream cut at a good place may still be one.
                lenient = suffix in ["csv", "jpg", "flac", "wav"] and done.returncode == 0
                self.assertTrue(lenient or done.returncode == DATA,
                                f"{name} cut at {cut}: {done.returncode} {done.stderr}")
                self.assertEqual(self.path("w.npy").exists(), done.returncode == 0)
                self.path("w.npy").unlink(missing_ok=True)

    def test_lying_and_hostile_npy(self):
        def npy(name, header, data=b""):
            text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
            self.path(name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text +
                                        data)

        np.save(self.path("object.npy"), np.array([{}, 1], object), allow_pickle=True)
        np.save(self.path("text.npy"), np.array(["a"]))
        np.save(self.path("record.npy"), np.zeros(2, [("a", "f4")]))
        np.save(self.path("bool.npy"), np.zeros(2, bool))
        np.save(self.path("half.npy"), np.zeros(2, "f2"))
        npy("huge.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (9000000000000,), }")
        npy("overflow.npy", "{'descr': '<f8', 'fortran_order': False, "
                            "'shape': (4294967296, 4294967296, 4294967296), }")
        npy("negative.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }", b"0" * 32)
        npy("code.npy", "__import__('os').system('touch pwned')")
        npy("many.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % ("1," * 40),
            b"0" * 8)
        for name in ["object", "text", "record", "huge", "overflow", "negative", "code", "many"]:
            self.no(DATA, name + ".npy", f"convolve {name}.npy --kernel 1 -o w.npy")
            self.no(DATA, name + ".npy", f"convolve x.npy {name}.npy -o w.npy")
        for name in ["bool", "half"]:
            done = self.run_program("convolve", name + ".npy", "--kernel", "1", "-o", "w.npy")
            self.assertIn(done.returncode, [0, DATA], done.stderr)

    def test_lying_wav_and_png(self):
        data = bytearray(self.path("x.wav").read_bytes())
        for channels in [0, 65535]:
            struct.pack_into("<H", data, 22, channels)
            self.path("lie.wav").write_bytes(data)
            self.no(DATA, "lie.wav", "convolve lie.wav --kernel 1 -o w.npy")
        data = bytearray(self.path("x.png").read_bytes())
        for width, height in [(0, 6), (2 ** 31 - 1, 2 ** 31 - 1), (100000, 100000), (11, 6)]:
            struct.pack_into(">II", data, 16, width, height)
            struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
            self.path("lie.png").write_bytes(data)
            self.no(DATA, "lie.png", "convolve lie.png --kernel 1 -o w.npy")

    def test_ragged_and_strange_csv(self):
        for text in ["a,b\n1,2\n3\n", "a,b\n1,2\n3,4,5\n", "a\n1\n\n2\n", "a,b\n1,\n2,3\n",
                     "a,b\n\"1,2\n", "\x00\x01\x02", "a,b", "date\n2026-01-01\n"]:
            self.csv("bad.csv", text)
            self.no(DATA, "bad.csv", "convolve bad.csv exp:2 -o w.csv")

    def test_the_same_file_as_input_and_output(self):
        for link, maker in [("soft.wav", os.symlink), ("hard.wav", os.link)]:
            maker(self.path("x.wav"), self.path(link))
        os.symlink(self.folder, self.path("loop"))
        for name in ["x.wav", "./x.wav", "soft.wav", "hard.wav", "loop/x.wav", self.path("x.wav")]:
            self.no(USAGE, "same file", f"convolve x.wav exp:1 -o {name}")
        self.wav("h.wav", np.ones(3))
        self.no(USAGE, "same file", "convolve x.wav h.wav -o h.wav")

    def test_outputs_that_cannot_be_made(self):
        self.path("folder.wav").mkdir()
        self.no(CANNOT_CREATE, "none", "convolve x.wav exp:1 -o none/y.wav")
        self.no(CANNOT_CREATE, "folder", "convolve x.wav exp:1 -o folder.wav")
        self.no(CANNOT_CREATE, "x.wav", "convolve x.wav exp:1 -o x.wav/y.wav")
        self.no(CANNOT_CREATE, "'/proc' takes no new files", "convolve x.wav exp:1 -o /proc/y.wav")
        self.no(CANNOT_CREATE, "", f"convolve x.wav exp:1 -o {'n' * 300}.wav")
        if os.geteuid() != 0:
            self.path("locked").mkdir(mode=0o555)
            self.no(CANNOT_CREATE, "locked", "convolve x.wav exp:1 -o locked/y.wav")

    def test_a_full_disk(self):
        """A limit on the size of files stands in for it."""
        before = self.snapshot()
        done = subprocess.run(
            [PROGRAM, "convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--window", "0:100000"],
            cwd=self.folder, capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual(done.returncode, IO_ERROR, done.stderr)
        self.assertTrue(done.stderr.startswith("faltung: "))
        self.assertEqual(self.snapshot(), before)

    # Sizes.

    def test_sizes_that_overflow(self):
        big = 2 ** 63 - 1
        for more in [f"--window 0:{big}", f"--window {-big}:{big}", f"--window {-big - 1}:0",
                     f"--dilation {big}", f"--dilation {big // 2}",
                     f"--window {2 ** 61}:{2 ** 62}"]:
            done = self.run_program("convolve", "x.npy", "--kernel", "1 2 3", "-o", "w.npy",
                                    *more.split())
            self.assertIn(done.returncode, [USAGE, DATA, UNAVAILABLE], f"{more}: {done.stderr}")
            self.assertTrue(done.stderr.startswith("faltung: "), done.stderr)
            self.assertFalse(self.path("w.npy").exists())
        for kernel in ["box:9223372036854775807", "box:4611686018427387904", "gaussian:1e300",
                       "moving-average:9223372036854775807", "exp:1e300", "box:3037000500"]:
            done = self.run_program("convolve", "x.npy", kernel, "-o", "w.npy")
            self.assertIn(done.returncode, [USAGE, DATA, UNAVAILABLE], f"{kernel}: {done.stderr}")
            self.assertTrue(done.stderr.startswith("faltung: "), done.stderr)

    def test_more_than_the_memory(self):
        self.no(UNAVAILABLE, ["GiB", "memory"],
                f"convolve x.npy --kernel 1 --window 0:{2 ** 46} -o w.npy")
        with open(self.path("sparse.npy"), "wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f8", "fortran_order": False, "shape": (2 ** 40,)})
            file.truncate(file.tell() + 2 ** 43)
        done = self.run_program("convolve", "sparse.npy", "--kernel", "1", "-o", "w.npy")
        self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
        self.assertIn("GiB", done.stderr)

    @unittest.skipIf(os.environ.get("FALTUNG_SANITIZE"),
                     "a sanitizer itself needs more address space than this")
    def test_little_memory_is_a_message(self):
        self.npy("million.npy", np.ones(1000000))
        refused = 0
        for mib in [24, 32, 40, 48, 64, 80]:
            limit = mib * 2 ** 20
            done = subprocess.run(
                [PROGRAM, "convolve", "million.npy", "box:1001", "-o", "w.npy", "--threads", "1"],
                cwd=self.folder, capture_output=True, text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            if "error while loading shared libraries" in done.stderr:
                continue
            self.assertIn(done.returncode, [0, UNAVAILABLE], f"{mib} MiB: {done.stderr}")
            refused += done.returncode == UNAVAILABLE
            self.path("w.npy").unlink(missing_ok=True)
            self.assertEqual([n for n in os.listdir(self.folder) if "tmp" in n or n[0] == "."], [])
        self.assertGreater(refused, 0, "no limit was tight enough to show anything")

    def test_pipes_and_devices_are_refused(self):
        os.mkfifo(self.path("pipe.wav"))
        done = self.run_program("convolve", "pipe.wav", "--kernel", "1", "-o", "y.wav")
        self.assertEqual(done.returncode, NO_INPUT)
        self.assertIn("no regular file", done.stderr)
        done = self.run_program("convolve", "x.wav", "--kernel", "1", "-o", "pipe.wav")
        self.assertEqual(done.returncode, CANNOT_CREATE)
        self.assertIn("no regular file", done.stderr)

    def test_a_signal_is_never_the_answer(self):
        """Any single byte wrong, in every kind of file."""
        self.ok("convolve", "x.png", "--kernel", "1", "-o", "c.jpg")
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "c.flac")
        for name in ["x.wav", "x.png", "x.npy", "x.csv", "c.jpg", "c.flac"]:
            data = self.path(name).read_bytes()
            bad = "bad." + name.split(".")[1]
            for _ in range(25):
                at = int(self.random.integers(min(len(data), 160)))
                wrong = bytearray(data)
                wrong[at] = int(self.random.integers(256))
                self.path(bad).write_bytes(wrong)
                done = self.run_program("convolve", bad, "--kernel", "1", "-o", "w.npy")
                self.assertIn(done.returncode, [0, DATA, UNAVAILABLE],
                              f"{name}, byte {at} = {wrong[at]}: {done.stderr}")


if __name__ == "__main__":
    unittest.main()
