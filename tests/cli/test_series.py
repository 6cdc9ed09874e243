# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""CSV series: agreement with SciPy, columns, time."""

import unittest

import numpy as np
from scipy import signal

from support import DATA, USAGE, ProgramTest


class Series(ProgramTest):
    def series(self, rows=300):
        values = np.round(self.random.standard_normal((rows, 2)), 3)
        lines = ["date,outdoor,wind,t"]
        for i, (a, b) in enumerate(values):
            lines.append(f"2026-01-{i // 24 + 1:02}T{i % 24:02}:00,{a},{b},{i}.50")
        self.csv("x.csv", "\n".join(lines) + "\n")
        return values

    def column(self, name, title):
        return np.array(self.read_csv(name)[title], float)

    def test_exp_agrees_with_lfilter(self):
        x = self.series()
        said = self.ok("convolve", "x.csv", "exp:12", "-o", "y.csv", "--report-error")
        self.assertIn("causal boundary=edge", said["problem"])
        a = np.exp(-1 / 12)
        for i, title in enumerate(["outdoor", "wind"]):
            # Before the first row the series stood at its first value for ever.
            exact, _ = signal.lfilter([1 - a], [1, -a], x[:, i], zi=[a * x[0, i]])
            self.assertLessEqual(np.abs(self.column("y.csv", title) - exact).max(),
                                 said["error_bound"]["maximum"] + 1e-14)

    def test_other_columns_are_copied(self):
        self.series(30)
        self.ok("convolve", "x.csv", "moving-average:4", "-o", "y.csv")
        before, after = self.read_csv("x.csv"), self.read_csv("y.csv")
        self.assertEqual(list(after), list(before))
        self.assertEqual(after["date"], before["date"])
        self.assertEqual(after["t"], before["t"], "the digits as they were written")
        self.ok("convolve", "x.csv", "moving-average:4", "-o", "y.csv", "--column", "wind")
        after = self.read_csv("y.csv")
        self.assertEqual(after["outdoor"], before["outdoor"])
        self.assertNotEqual(after["wind"], before["wind"])

    def test_moving_average(self):
        x = self.series(50)[:, 0]
        self.ok("convolve", "x.csv", "moving-average:5", "-o", "y.csv")
        exact = np.convolve(np.r_[np.full(4, x[0]), x], np.full(5, 0.2), "valid")
        np.testing.assert_allclose(self.column("y.csv", "outdoor"), exact, atol=1e-15)

    def test_lengths_that_change_get_a_time(self):
        x = self.series(50)[:, 1]
        rows = self.path("x.csv").read_text().splitlines()
        self.csv("x.csv", "".join(row.rsplit(",", 1)[0] + "\n" for row in rows))
        for extent, first in [("full", 0), ("valid", 2)]:
            self.ok("convolve", "x.csv", "--kernel", "1 2 4", "-o", "y.csv", "--extent", extent,
                    "--boundary", "constant", "--dt", "0.5")
            self.assertEqual(list(self.read_csv("y.csv")), ["t", "outdoor", "wind"])
            exact = np.convolve(x, [1, 2, 4], extent)
            np.testing.assert_allclose(self.column("y.csv", "wind"), exact, atol=1e-14)
            np.testing.assert_array_equal(self.column("y.csv", "t"),
                                          0.5 * (first + np.arange(len(exact))))
        self.ok("convolve", "x.csv", "--kernel", "1 2 4", "-o", "y.csv", "--window", "-1:3")
        np.testing.assert_array_equal(self.column("y.csv", "t"), [-1, 0, 1, 2])

    def test_lags(self):
        x = self.series(60)[:, 0]
        self.csv("h.csv", "t,shape\n" + "".join(f"{i},{v}\n" for i, v in enumerate(x[20:30])))
        self.ok("correlate", "x.csv", "h.csv", "-o", "y.csv", "--lags", "15:25", "--boundary",
                "constant")
        np.testing.assert_array_equal(self.column("y.csv", "lag"), np.arange(15, 26))
        exact = np.correlate(x, x[20:30], "valid")[15:26]
        np.testing.assert_allclose(self.column("y.csv", "outdoor"), exact, atol=1e-13)

    def test_regrid_brings_rows_to_even_steps(self):
        t = np.cumsum(self.random.integers(1, 9, 60)) / 8
        v = np.round(self.random.standard_normal(60), 3)
        self.csv("odd.csv", "t,v,note\n" + "".join(f"{a},{b},x\n" for a, b in zip(t, v)))
        even = np.arange(t[0], t[-1] + 1e-9, 0.25)
        for how, x in [("linear", np.interp(even, t, v)),
                       ("hold", v[np.searchsorted(t, even, "right") - 1])]:
            said = self.ok("convolve", "odd.csv", "--kernel", "1", "-o", "y.csv", "--regrid",
                           "--dt", "0.25", "--interpolation", how)
            self.assertEqual(list(self.read_csv("y.csv")), ["t", "v"])
            np.testing.assert_allclose(self.column("y.csv", "t"), even, atol=1e-14)
            np.testing.assert_allclose(self.column("y.csv", "v"), x, atol=1e-14)
            self.assertIn("60 rows (steps of 0.125 to 1) became", said["hints"][0])
            self.assertIn("1 other column is left out", said["hints"][0])
            # A formula meets what was made of the rows.
            self.ok("convolve", "odd.csv", "exp(-t)*u(t)", "-o", "a.csv", "--regrid", "--dt", "0.25",
                    "--interpolation", how)
            self.ok("convolve", "y.csv", "exp(-t)*u(t)", "-o", "b.csv", "--dt", "0.25",
                    "--interpolation", how)
            np.testing.assert_allclose(self.column("a.csv", "v"), self.column("b.csv", "v"),
                                       atol=1e-14)
        # A kernel with times of its own, by whatever step.
        self.csv("h.csv", "t,h\n0,4\n0.125,3\n0.375,1\n0.5,0\n")
        self.ok("convolve", "odd.csv", "h.csv", "-o", "y.csv", "--regrid", "--dt", "0.25",
                "--boundary", "constant")
        x = np.interp(even, t, v)
        np.testing.assert_allclose(self.column("y.csv", "v"),
                                   np.convolve(x, [4, 2, 0])[:len(x)], atol=1e-13)

    def test_regrid_keeps_the_way_dates_are_written(self):
        for first, later, between in [("2024-02-28 22:00", "2024-02-29 01:30", " "),
                                      ("2024-02-28T22:00:00Z", "2024-02-29T01:30:00Z", "T")]:
            self.csv("d.csv", f"date,v\n{first},1\n{later},8\n")
            self.ok("convolve", "d.csv", "--kernel", "1", "-o", "y.csv", "--regrid", "--dt", "1h")
            y = self.read_csv("y.csv")
            self.assertEqual(y["date"][0], first)
            self.assertEqual(y["date"][3], "2024-02-29" + between + "01:00" + first[16:])
            np.testing.assert_allclose(np.array(y["v"], float), [1, 3, 5, 7])
        self.csv("d.csv", "date,v\n2024-02-28,1\n2024-03-02,4\n")
        self.ok("convolve", "d.csv", "--kernel", "1", "-o", "y.csv", "--regrid", "--dt", "1d")
        self.assertEqual(self.read_csv("y.csv")["date"][1:3], ["2024-02-29", "2024-03-01"])

    def test_regrid_is_refused_with_a_reason(self):
        def no(code, says, text, *arguments):
            self.csv("odd.csv", text)
            self.refused(code, says, "convolve", "odd.csv", "exp:2", "-o", "z.csv", "--regrid",
                         *arguments)
        no(USAGE, "--regrid needs --dt", "t,v\n0,1\n3,1\n")
        no(DATA, "row 3 is not behind", "t,v\n0,1\n3,1\n3,2\n", "--dt", "1")
        no(DATA, "row 2 is not behind", "t,v\n0,1\nnan,1\n", "--dt", "1")
        no(DATA, "no times of the rows", "v\n0\n3\n", "--dt", "1")
        no(DATA, "134 million", "t,v\n0,1\n1e9,1\n", "--dt", "1e-6")
        no(USAGE, "needs a unit", "date,v\n2024-01-01,1\n2024-01-02,1\n", "--dt", "1")
        self.csv("x.csv", "v\n1\n2\n")
        self.refused(USAGE, "goes with a formula", "convolve", "x.csv", "exp:2", "-o", "z.csv",
                     "--interpolation", "hold")

    def test_a_kernel_of_another_step_is_told(self):
        self.csv("x.csv", "t,v\n0,1\n1,2\n2,3\n")
        self.csv("h.csv", "t,h\n0,1\n0.5,1\n")
        said = self.ok("convolve", "x.csv", "h.csv", "-o", "y.csv")
        self.assertIn("h.csv: column 't' advances by 0.5 a row, but dt is 1", said["hints"][0])

    def test_stride_keeps_every_nth_row(self):
        self.series(30)
        self.ok("convolve", "x.csv", "moving-average:24", "-o", "a.csv")
        self.ok("convolve", "x.csv", "moving-average:24", "-o", "b.csv", "--stride", "7")
        a, b = self.read_csv("a.csv"), self.read_csv("b.csv")
        self.assertEqual(b["date"], a["date"][::7])
        np.testing.assert_allclose(np.array(b["wind"], float), np.array(a["wind"], float)[::7],
                                   atol=1e-14)

    def test_kernel_columns(self):
        self.series(20)
        self.csv("h.csv", "index,a,b\n0,1,2\n1,3,4\n")
        self.refused(DATA, ["2 numeric columns", "--kernel-column"], "convolve", "x.csv", "h.csv",
                     "-o", "z.csv")
        self.refused(USAGE, "did you mean", "convolve", "x.csv", "h.csv", "-o", "z.csv",
                     "--kernel-column", "aa")
        self.ok("convolve", "x.csv", "h.csv", "-o", "a.csv", "--kernel-column", "b")
        self.ok("convolve", "x.csv", "--kernel", "2 4", "-o", "b.csv")
        self.assertEqual(self.path("a.csv").read_text(), self.path("b.csv").read_text())

    def test_columns_by_name(self):
        self.series(20)
        self.refused(USAGE, ["no column 'wnd'", "did you mean wind?"], "convolve", "x.csv", "exp:2",
                     "-o", "z.csv", "--column", "wnd")
        self.refused(DATA, "holds text", "convolve", "x.csv", "exp:2", "-o", "z.csv", "--column",
                     "date")

    def test_one_unreadable_cell_is_refused(self):
        for cell in ["NA", "null", "1e400", "0x10", "1,5"]:
            quoted = f'"{cell}"' if "," in cell else cell
            self.csv("na.csv", f"a,b\n1,2\n{quoted},4\n5,6\n")
            says = ["line 3", f"'{cell}'", "column 'a'", "nan"]
            self.refused(DATA, says, "convolve", "na.csv", "exp:2", "-o", "z.csv")
            self.refused(DATA, says, "convolve", "na.csv", "exp:2", "-o", "z.csv", "--column", "a")
            self.ok("convolve", "na.csv", "exp:2", "-o", "z.csv", "--column", "b")
            self.refused(DATA, ["line 3", f"'{cell}'", "column 'a'"], "convolve", "na.csv", "na.csv",
                         "-o", "w.csv", "--column", "b")
            self.path("z.csv").unlink()
        self.csv("names.csv", "date,who,b\n2026-01-01,Nan,2\n2026-01-02,Inge,3\n")
        self.ok("convolve", "names.csv", "exp:2", "-o", "z.csv")
        self.assertEqual(self.read_csv("z.csv")["who"], ["Nan", "Inge"])

    def test_a_gap_matters_where_it_is(self):
        self.csv("gap.csv", "t,a,b\n0,1,2\n1,,4\n2,5,6\n")
        self.refused(DATA, ["column 'a'", "line 3 has an empty cell", "--column"], "convolve",
                     "gap.csv", "exp:2", "-o", "z.csv")
        self.ok("convolve", "gap.csv", "exp:2", "-o", "z.csv", "--column", "b")
        self.assertEqual(self.read_csv("z.csv")["a"], ["1", "", "5"])
        self.csv("gap.csv", "t,a\n0,1\n,3\n2,5\n")
        self.refused(DATA, ["column 't'", "line 3 has an empty cell"], "convolve", "gap.csv",
                     "exp:2", "-o", "w.csv")

    def test_no_numeric_column_names_a_cell(self):
        self.csv("text.csv", "date\n2026-01-01\n")
        self.refused(DATA, ["no numeric column", "line 2", "'2026-01-01'", "column 'date'"],
                     "convolve", "text.csv", "exp:2", "-o", "z.csv")

    def test_nan_is_written_without_a_sign(self):
        self.csv("x.csv", "v\n1\ninf\n-inf\n-nan\n3\n")
        self.ok("convolve", "x.csv", "--kernel", "-1 1 1", "-o", "y.csv")
        self.assertNotIn("-nan", self.path("y.csv").read_text())
        self.assertIn("nan", self.path("y.csv").read_text())

    def test_the_inputs_own_time_goes_on(self):
        self.csv("c.csv", "Time,v\n" + "".join(f"{10 + i / 10:g},{i}\n" for i in range(5)))
        for words, times in [(["--extent", "full"], [10, 10.1, 10.2, 10.3, 10.4, 10.5]),
                             (["--window", "-2:8", "--stride", "3"], [9.8, 10.1, 10.4, 10.7])]:
            said = self.ok("convolve", "c.csv", "--kernel", "1 1", "-o", "y.csv", "--dt", "0.1",
                           *words)
            np.testing.assert_array_equal(self.column("y.csv", "Time"), times)
            self.assertEqual(said["hints"], [])

    def test_an_index_goes_on_and_need_not_agree_with_dt(self):
        self.csv("i.csv", "index,v\n5,1\n6,2\n7,4\n")
        said = self.ok("convolve", "i.csv", "--kernel", "1 1", "-o", "y.csv", "--extent", "full",
                       "--dt", "0.5")
        self.assertEqual(self.read_csv("y.csv")["index"], ["5", "6", "7", "8"])
        self.assertEqual(said["hints"], [])
        self.csv("both.csv", "index,t,v\n0,2,1\n1,3,2\n")
        self.ok("convolve", "both.csv", "--kernel", "1 1", "-o", "y.csv", "--extent", "full")
        self.assertEqual(self.read_csv("y.csv")["t"], ["2", "3", "4"])

    def test_time_that_contradicts_is_told(self):
        self.csv("half.csv", "t,v\n0,1\n0.5,2\n1,3\n")
        done = self.run_program("convolve", "half.csv", "exp:2", "-o", "y.csv")
        self.assertIn("column 't' advances by 0.5 a row, but dt is 1; --dt 0.5", done.stderr)
        self.csv("odd.csv", "t,v\n3,1\n4,2\n9,3\n")
        self.csv("date.csv", "date,v\n2026-01-01,1\n2026-01-02,2\n2026-01-09,3\n")
        for name in ["odd.csv", "date.csv"]:
            said = self.ok("convolve", name, "--kernel", "1 1", "-o", "y.csv", "--extent", "full")
            self.assertEqual(len(said["hints"]), 1)
            self.assertIn("not evenly spaced", said["hints"][0])
            self.assertIn({"odd.csv": "steps of 1 to 5", "date.csv": "steps of 1 to 7 days"}[name],
                          said["hints"][0])
            self.assertEqual(self.read_csv("y.csv")["t"], ["0", "1", "2", "3"])

    def test_times_that_are_not_finite_are_told(self):
        self.csv("odd.csv", "t,v\n0,1\nnan,2\n2,3\n")
        said = self.ok("convolve", "odd.csv", "--kernel", "1 1", "-o", "y.csv")
        self.assertIn("not all of them are finite", said["hints"][0])

    def test_names_of_columns(self):
        self.csv("two.csv", "a,b,a\n1,2,3\n4,5,6\n")
        self.refused(DATA, ["more than one column 'a'", "columns 1 and 3"], "convolve", "two.csv",
                     "exp:2", "-o", "z.csv", "--column", "a")
        self.csv("blanks.csv", "t, a ,b\n0,1,2\n1,3,4\n")
        self.ok("convolve", "blanks.csv", "exp:2", "-o", "y.csv", "--column", "a")
        self.assertEqual(list(self.read_csv("y.csv")), ["t", "a", "b"])

    def test_npy_output_and_area(self):
        x = self.series(20)
        self.ok("convolve", "x.csv", "--kernel", "1 1", "-o", "y.npy", "--kernel-scale", "area",
                "--dt", "0.25", "--boundary", "constant")
        exact = signal.lfilter([0.25, 0.25], [1], x, axis=0)
        np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-15)


if __name__ == "__main__":
    unittest.main()
