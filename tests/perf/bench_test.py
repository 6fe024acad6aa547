#!/usr/bin/env python3
"""The benchmark's own arithmetic: what changed against an earlier file, and its table."""
import unittest

import bench


class Compare(unittest.TestCase):
    def test_change_is_relative_to_the_same_work_and_threads(self):
        results = [{"name": "lif", "threads": 1, "ns_per_neuron_step": 3.0},
                   {"name": "lif", "threads": 2, "ns_per_neuron_step": 3.0}]
        bench.compare(results, {"results": [{"name": "lif", "threads": 1, "ns_per_neuron_step": 2.0},
                                            {"name": "hh", "threads": 2, "ns_per_neuron_step": 2.0}]})
        self.assertAlmostEqual(results[0]["change"], 0.5)
        self.assertNotIn("change", results[1])

    def test_a_table_has_the_columns_that_have_figures(self):
        lines = bench.table([{"name": "lif", "ns_per_neuron_step": 0.5, "ratio": 1.25}])
        self.assertEqual(lines, ["work  ns/neuron/step  ratio", "lif            0.500   1.25"])
        self.assertEqual(bench.table([{"name": "lif", "wall_ratio": 0.512}]), ["work  wall to 1 thread", "lif               0.51"])

    def test_phases_are_those_of_the_first_compilation(self):
        log = ("brainpy[compile] Net: 4 operations, 1 groups, passes 0.25 ms, codegen 3.50 ms, link 0.75 ms, compiled\n"
               "brainpy[compile] Net: 4 operations, 1 groups, passes 0.00 ms, codegen 0.00 ms, link 0.00 ms, hit\n")
        self.assertEqual(bench.compile_phases(log), {"passes_ms": 0.25, "codegen_ms": 3.5, "link_ms": 0.75})
        self.assertEqual(bench.compile_phases("nothing was compiled"), {})

    def test_a_file_without_results_is_an_error(self):
        with self.assertRaises(KeyError):
            bench.compare([], {})


if __name__ == "__main__":
    unittest.main()
