# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` installs is what another project can use: by find_package and by
pkg-config, shared and static, with each compiler that is here.

usage: test_package.py BUILD_FOLDER
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
PROJECT = pathlib.Path(__file__).parent / "project"
COMPILERS = [(c, cxx) for c, cxx in [("gcc", "g++"), ("clang-19", "clang++-19")]
             if shutil.which(c) and shutil.which(cxx)]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, encoding="utf-8", **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="faltung-package-")
        cls.prefix = pathlib.Path(cls.folder.name) / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.lib_folder = next(cls.prefix.rglob("libfaltung.so")).parent

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_find_package(self):
        self.assertTrue(COMPILERS)
        for c, cxx in COMPILERS:
            for component in ["shared", "static"]:
                build = pathlib.Path(self.folder.name) / f"{c}-{component}"
                run("cmake", "-G", "Ninja", "-S", PROJECT, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
                    f"-DCMAKE_C_COMPILER={c}", f"-DCMAKE_CXX_COMPILER={cxx}", f"-Dcomponent={component}")
                run("cmake", "--build", build)
                for program in ["in_cpp", "in_c"]:
                    run(build / program)
                    needed = run("readelf", "-d", build / program)
                    self.assertEqual("libfaltung.so" in needed, component == "shared", (c, component))

    def test_an_unknown_component_is_refused(self):
        with self.assertRaises(AssertionError) as refused:
            run("cmake", "-G", "Ninja", "-S", PROJECT, "-B", pathlib.Path(self.folder.name) / "wrong",
                f"-DCMAKE_PREFIX_PATH={self.prefix}", "-Dcomponent=curved")
        self.assertIn("NOT FOUND", str(refused.exception))

    def test_pkg_config(self):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.lib_folder / "pkgconfig"),
                       "LD_LIBRARY_PATH": str(self.lib_folder)}
        program = pathlib.Path(self.folder.name) / "by-pkg-config"
        flags = run("pkg-config", "--cflags", "--libs", "faltung", env=environment).split()
        run("g++", "-std=c++20", PROJECT / "in_cpp.cpp", "-o", program, *flags)
        run(program, env=environment)
        version = run("pkg-config", "--modversion", "faltung", env=environment).strip()
        self.assertIn(version, run(self.prefix / "bin" / "faltung", "--version"))

    def test_manual_and_completion(self):
        program = self.prefix / "bin" / "faltung"
        manual = (self.prefix / "share/man/man1/faltung.1").read_text()
        completion = self.prefix / "share/bash-completion/completions/faltung"
        run("bash", "-n", completion)
        for command in ["convolve", "correlate", "plan", "info", "kernels"]:
            options = [word.strip(",") for word in run(program, command, "--help").split()
                       if word.startswith("--") and word.strip(",").strip("-").replace("-", "").isalpha()]
            self.assertIn("--json", options)
            for option in options:
                self.assertIn(option.replace("-", "\\-"), manual)
        script = 'source "$1"; COMP_WORDS=(faltung convolve x.wav --bou); COMP_CWORD=3; _faltung; ' \
                 'echo "${COMPREPLY[@]}"; COMP_WORDS=(faltung convolve --extent s); _faltung; ' \
                 'echo "${COMPREPLY[@]}"; COMP_WORDS=(faltung pl); COMP_CWORD=1; _faltung; ' \
                 'echo "${COMPREPLY[@]}"'
        said = run("bash", "-c", script, "bash", completion)
        self.assertEqual(said.split(), ["--boundary", "same", "plan"])

    def test_only_the_public_interface_is_visible(self):
        names = run("nm", "--dynamic", "--defined-only", "--demangle", self.lib_folder / "libfaltung.so")
        for line in names.splitlines():
            name = line.split(maxsplit=2)[-1]
            for inside in ["BlockConvolution", "DirectRecipe", "Transform<", "N_AVX", "FilterPart"]:
                self.assertNotIn(inside, name)
        self.assertIn("faltung::Planner::try_plan", names)
        self.assertIn("faltung_stream_push", names)


if __name__ == "__main__":
    unittest.main()
