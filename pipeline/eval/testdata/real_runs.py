"""Writes real_runs.json: what pytrec_eval and ir_measures make of two real runs, BM25's over the built-in articles.

    pip install pytrec-eval-terrier==0.5.11 ir_measures==0.4.3 numpy==1.26.4   (Perl too, for ERR)
    quern eval --model none --save-runs runs
    python real_runs.py ../../../fixtures/qrels/test.tsv runs/bm25.run > real_runs.json

The first run is as quern wrote it. In the second one scores are rounded to whole numbers, so that most of them tie, and
every seventh query is missing, which counts as 0. The runs are not stored: they are what BM25 answers, to the last digit.
"""

import importlib.metadata
import json
import pkgutil
import struct
import subprocess
import sys
import tempfile

import ir_measures
import pytrec_eval

TREC = {
    "nDCG@10": "ndcg_cut_10", "nDCG": "ndcg", "RR": "recip_rank", "AP": "map", "AP@100": "map_cut_100", "P@5": "P_5", "P@10": "P_10",
    "R@100": "recall_100", "Success@1": "success_1",
}
OTHERS = ["RR@10", "Judged@10"]


def read(qrels_file, run_file):
    qrels, run = {}, {}
    for line in open(qrels_file, encoding="utf-8").read().splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    for line in open(run_file, encoding="utf-8"):
        query, _, document, _, score, _ = line.split()
        run.setdefault(query, {})[document] = float(score)
    return qrels, run


def narrow(score):
    return struct.unpack("f", struct.pack("f", score))[0]


def ranks(scores):
    """The scores that trec_eval's order has, for the tools that order ties their own way."""
    order = sorted(scores, key=lambda d: (narrow(scores[d]), d.encode()), reverse=True)
    return {d: float(-i) for i, d in enumerate(order)}


def gdeval(queries, qrels, run, cut):
    """ERR by gdeval.pl, which ir_measures carries, made to print more digits. It takes whole numbers for query IDs."""
    script = pkgutil.get_data("ir_measures", "bin/gdeval.pl").decode().replace("%.5f", "%.12f")
    with tempfile.NamedTemporaryFile("w") as s, tempfile.NamedTemporaryFile("w") as q, tempfile.NamedTemporaryFile("w") as r:
        s.write(script)
        q.writelines(f"{i} 0 {d} {g}\n" for i, query in enumerate(queries, 1) for d, g in qrels[query].items())
        r.writelines(f"{i} Q0 {d} 1 {x} x\n" for i, query in enumerate(queries, 1) for d, x in run.get(query, {}).items())
        for file in s, q, r:
            file.flush()
        lines = subprocess.check_output(["perl", s.name, q.name, r.name, str(cut)], text=True).splitlines()[1:]
    found = {i: float(err) for _, i, _, err in (line.split(",") for line in lines)}
    return [found.get(str(i), 0) for i in range(1, len(queries) + 1)]


def values(queries, qrels, run):
    out = {}
    found = pytrec_eval.RelevanceEvaluator(qrels, set(TREC.values())).evaluate(run)
    for name, trec in TREC.items():
        out[name] = [found.get(q, {}).get(trec, 0) for q in queries]
    ordered = {q: ranks(s) for q, s in run.items()}
    measures = [ir_measures.parse_measure(name) for name in OTHERS]
    rest = {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc(measures, qrels, ordered)}
    for name in OTHERS:
        out[name] = [rest.get((q, name), 0) for q in queries]
    out["ERR@10"] = gdeval(queries, qrels, ordered, 10)
    return {name: [round(v, 9) for v in list_] for name, list_ in out.items()}


def main():
    qrels, run = read(*sys.argv[1:])
    queries = sorted(qrels)
    tied = {q: {d: float(round(s)) for d, s in run[q].items()} for i, q in enumerate(queries) if i % 7 and q in run}
    versions = {p: importlib.metadata.version(p) for p in ["pytrec-eval-terrier", "ir_measures", "numpy"]}
    out = {"versions": versions, "queries": queries, "runs": [values(queries, qrels, run), values(queries, qrels, tied)]}
    print(json.dumps(out, separators=(",", ":")).replace("],", "],\n"))


main()
