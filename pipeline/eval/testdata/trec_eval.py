"""Writes trec_eval.json: random runs and judgments, and what others make of them.

    pip install pytrec-eval-terrier==0.5.11 ir_measures==0.4.3 rbo==0.1.3 numpy==1.26.4   (Perl too, for ERR)
    python trec_eval.py > trec_eval.json

nDCG, RR, AP, P, R and Success are trec_eval's, by pytrec_eval. Judged is ir_measures' own. ERR is that of gdeval.pl,
which ir_measures carries, made to print more digits. RBO is that of package rbo. Where another tool orders ties its own
way, it is given the ranks that trec_eval makes.
"""

import json
import pkgutil
import random
import struct
import subprocess
import tempfile

import ir_measures
import pytrec_eval
import rbo

QUERIES = [str(i) for i in range(1, 31)]
DOCUMENTS = [f"d{i}" for i in range(50)] + ["D7", "é", "d-1", "10", "9"]
TREC = {
    "nDCG": "ndcg", "nDCG@1": "ndcg_cut_1", "nDCG@10": "ndcg_cut_10", "nDCG@100": "ndcg_cut_100",
    "RR": "recip_rank", "AP": "map", "AP@5": "map_cut_5", "AP@100": "map_cut_100",
    "P@1": "P_1", "P@5": "P_5", "P@10": "P_10", "P@100": "P_100", "R@5": "recall_5", "R@10": "recall_10",
    "R@100": "recall_100", "Success@1": "success_1", "Success@5": "success_5",
}
LEVELS = {"RR(rel=2)": "recip_rank", "AP(rel=2)": "map", "P(rel=2)@5": "P_5", "R(rel=2)@10": "recall_10"}
CUT_RR = [3, 10]
CUT_OTHER = [1, 5, 10, 20]


def judgments():
    """Grades from -1 to 4 of some documents, from none that is relevant to many."""
    qrels = {}
    for i, query in enumerate(QUERIES):
        judged = random.sample(DOCUMENTS, random.randint(1, 30))
        qrels[query] = {d: random.choices([-1, 0, 1, 2, 3, 4], [1, 8, 4, 3, 2, 1])[0] for d in judged}
        if i % 10 == 9:
            qrels[query] = {d: 0 for d in judged}
    return qrels


def run(digits):
    """Scores with few digits, so that many tie; some differ too little for trec_eval; every seventh query is missing."""
    ranked = {}
    for query in QUERIES:
        if random.random() < 1 / 7:
            continue
        found = random.sample(DOCUMENTS, random.randint(1, 40))
        ranked[query] = {d: round(random.uniform(-2, 8), digits) + random.choice([0, 0, 1e-9]) for d in found}
    return ranked


def trec_order(scores):
    """The documents as trec_eval ranks them: by score in 32 bits, then by ID, both from high to low."""
    narrow = lambda score: struct.unpack("f", struct.pack("f", score))[0]
    return sorted(scores, key=lambda d: (narrow(scores[d]), d.encode()), reverse=True)


def gdeval(qrels, ranks, cut):
    script = pkgutil.get_data("ir_measures", "bin/gdeval.pl").decode().replace("%.5f", "%.12f")
    with tempfile.NamedTemporaryFile("w") as s, tempfile.NamedTemporaryFile("w") as q, tempfile.NamedTemporaryFile("w") as r:
        s.write(script)
        q.writelines(f"{query} 0 {d} {g}\n" for query in qrels for d, g in qrels[query].items())
        r.writelines(f"{query} Q0 {d} 1 {s} x\n" for query in ranks for d, s in ranks[query].items())
        for file in s, q, r:
            file.flush()
        lines = subprocess.check_output(["perl", s.name, q.name, r.name, str(cut)], text=True).splitlines()[1:]
    return {query: float(err) for _, query, _, err in (line.split(",") for line in lines)}


def measured(qrels, scores):
    """By metric, one value a query; 0 where the tool has none."""
    order = {q: trec_order(s) for q, s in scores.items()}
    ranks = {q: {d: float(-i) for i, d in enumerate(o)} for q, o in order.items()}
    values = {}
    def keep(name, found):
        values[name] = [round(found.get(q, 0), 12) for q in QUERIES]
    for level, names in (1, TREC), (2, LEVELS):
        found = pytrec_eval.RelevanceEvaluator(qrels, set(names.values()), relevance_level=level).evaluate(scores)
        for name, trec in names.items():
            keep(name, {q: v[trec] for q, v in found.items()})
    for cut in CUT_RR:  # trec_eval has no cutoff here
        keep(f"RR@{cut}", {q: v if v * cut >= 1 - 1e-9 else 0 for q, v in zip(QUERIES, values["RR"])})
    for cut in CUT_OTHER:
        keep(f"ERR@{cut}", gdeval(qrels, ranks, cut))
        judged = ir_measures.parse_measure(f"Judged@{cut}")
        keep(f"Judged@{cut}", {m.query_id: m.value for m in ir_measures.iter_calc([judged], qrels, ranks)})
    return order, values


def main():
    random.seed(1)
    qrels = judgments()
    runs, orders = [], []
    for digits in 6, 0:
        scores = run(digits)
        order, values = measured(qrels, scores)
        orders.append(order)
        runs.append({"scores": scores, "values": values})
    overlap = {}
    for p in 0.5, 0.9, 0.98:
        a, b = orders
        overlap[str(p)] = [rbo.RankingSimilarity(a.get(q, []), b.get(q, [])).rbo_ext(p) for q in QUERIES]
    out = {"queries": QUERIES, "qrels": qrels, "runs": runs, "rbo": overlap}
    text = json.dumps(out, ensure_ascii=False, separators=(",", ":"))
    print(text.replace("},", "},\n").replace("],", "],\n"))


main()
