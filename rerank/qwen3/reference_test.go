package qwen3

import (
	"math"
	"slices"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// A reference computes a logit as the model's authors write it down: whole prompt, float64, one number after the
// other. It shares the file reader and the tokenizer with the engine and no arithmetic.
//
// With a kernel it does on purpose what the engine does where that does not hold weights in float32: it rounds what goes
// into their products to 8 bits, in blocks of 32 (Set.Quantise in package kernel) or whole rows (Set.QuantiseRow), or to
// bfloat16 (Set.Round); in blocks, what that loses of fine rows is rounded and multiplied, too (chunk). Then the two differ
// by float32 alone.
type reference struct {
	t      testing.TB
	src    *source
	s      shape
	vocab  *vocab.Vocabulary
	cache  map[string][]float64
	kernel kernel.Set // the zero value rounds nothing
	prefix int        // tokens of the prompt that is computed
	fine   bool       // the row that is computed is a fine one
}

func newReference(t testing.TB, src *source) *reference {
	v, err := vocab.New(src.vocab)
	if err != nil {
		t.Fatal(err)
	}
	return &reference{t: t, src: src, s: src.shape, vocab: v, cache: map[string][]float64{}}
}

// logit judges one document of a task whose prompt fits the context.
func (r *reference) logit(task rerank.Task, document string) float64 {
	shared, err := r.vocab.Encode(nil, rerank.PromptPrefix(task))
	if err != nil {
		r.t.Fatal(err)
	}
	r.prefix = len(shared)
	logit, _ := r.trace(r.prompt(task, document))
	return logit
}

func (r *reference) prompt(task rerank.Task, document string) []int32 {
	prompt := append(rerank.PromptPrefix(task), rerank.PromptDocument(document))
	// The prefix ends and the document begins inside one run of plain text, which is tokenised as a whole.
	last := len(prompt) - 2
	prompt[last].Text += prompt[last+1].Text
	ids, err := r.vocab.Encode(nil, append(prompt[:last+1], rerank.PromptSuffix()...))
	if err != nil {
		r.t.Fatal(err)
	}
	return ids
}

// trace judges a prompt, and also returns the state of the last position after each layer; that of the last layer after
// the norm that follows it.
func (r *reference) trace(ids []int32) (logit float64, states [][]float64) {
	x := make([][]float64, len(ids))
	embed := r.tensor("token_embd.weight")
	for i, id := range ids {
		x[i] = slices.Clone(embed[int(id)*r.s.hidden:][:r.s.hidden])
	}
	for l := range r.s.layers {
		r.layer(x, "blk."+string(rune('0'+l))+".")
		states = append(states, slices.Clone(x[len(x)-1]))
	}
	last := r.norm(x[len(x)-1], "output_norm.weight")
	states[len(states)-1] = last
	return dot(last, r.head()), states
}

// head is what the last state is multiplied by: the row of "yes" less that of "no".
func (r *reference) head() []float64 {
	name, yes, no := "token_embd.weight", int(r.vocab.Yes), int(r.vocab.No)
	switch {
	case r.src.tensors[scoreName] != nil:
		return r.tensor(scoreName)
	case r.src.tensors["cls.output.weight"] != nil:
		name, yes, no = "cls.output.weight", 0, 1
	case r.src.tensors["output.weight"] != nil:
		name = "output.weight"
	}
	rows, n := r.tensor(name), r.s.hidden
	head := slices.Clone(rows[yes*n:][:n])
	for i, x := range rows[no*n:][:n] {
		head[i] -= x
	}
	return head
}

func (r *reference) layer(x [][]float64, name string) {
	q, k, v := make([][]float64, len(x)), make([][]float64, len(x)), make([][]float64, len(x))
	for i := range x {
		r.fine = i < r.prefix || i == len(x)-1
		h := r.norm(x[i], name+"attn_norm.weight")
		q[i] = r.heads(r.linear(h, name+"attn_q.weight"), name+"attn_q_norm.weight", i)
		k[i] = r.heads(r.linear(h, name+"attn_k.weight"), name+"attn_k_norm.weight", i)
		v[i] = r.linear(h, name+"attn_v.weight")
	}
	for i := range x {
		r.fine = i < r.prefix || i == len(x)-1
		add(x[i], r.linear(r.attend(q[i], k[:i+1], v[:i+1]), name+"attn_output.weight"))
		h := r.norm(x[i], name+"ffn_norm.weight")
		gate, up := r.linear(h, name+"ffn_gate.weight"), r.linear(h, name+"ffn_up.weight")
		for j, g := range gate {
			gate[j] = g / (1 + math.Exp(-g)) * up[j]
		}
		add(x[i], r.linear(gate, name+"ffn_down.weight"))
	}
}

func (r *reference) attend(q []float64, k, v [][]float64) []float64 {
	out := make([]float64, len(q))
	d := r.s.headDim
	for h := range r.s.heads {
		kv := h / (r.s.heads / r.s.kvHeads) * d
		p := make([]float64, len(k))
		var sum float64
		for i := range k {
			p[i] = math.Exp(dot(q[h*d:][:d], k[i][kv:][:d]) / math.Sqrt(float64(d)))
			sum += p[i]
		}
		for i := range k {
			for j := range d {
				out[h*d+j] += p[i] / sum * v[i][kv+j]
			}
		}
	}
	return out
}

// heads normalises each head of x and rotates it by its position.
func (r *reference) heads(x []float64, norm string, position int) []float64 {
	d := r.s.headDim
	for h := 0; h < len(x); h += d {
		head := r.norm(x[h:h+d], norm)
		for i := range d / 2 {
			angle := float64(position) * math.Pow(r.s.ropeBase, -2*float64(i)/float64(d))
			sin, cos := math.Sincos(angle)
			x[h+i] = head[i]*cos - head[i+d/2]*sin
			x[h+i+d/2] = head[i+d/2]*cos + head[i]*sin
		}
	}
	return x
}

func (r *reference) norm(x []float64, weight string) []float64 {
	w := r.tensor(weight)
	scale := 1 / math.Sqrt(dot(x, x)/float64(len(x))+r.s.eps)
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i] * scale * w[i]
	}
	return out
}

func (r *reference) linear(x []float64, weight string) []float64 {
	w := r.tensor(weight)
	switch r.src.tensors[weight].form(r.kernel) {
	case kernel.Q8:
		x = r.round(x)
	case kernel.Int8:
		x = inEightBits(x, len(x))
	case kernel.BF16:
		x = inBF16(x)
	}
	out := make([]float64, len(w)/len(x))
	for i := range out {
		out[i] = dot(x, w[i*len(x):][:len(x)])
	}
	return out
}

func (r *reference) tensor(name string) []float64 {
	if w, ok := r.cache[name]; ok {
		return w
	}
	t, ok := r.src.tensors[name]
	if !ok {
		r.t.Fatalf("no tensor %q", name)
	}
	w32, err := t.float32()
	form := t.form(r.kernel)
	if name == "token_embd.weight" || name == "output.weight" || name == "cls.output.weight" {
		form = kernel.F32
	}
	if form == kernel.Q8 {
		w32, err = t.inQ8()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	if form == kernel.Int8 {
		inInt8(w32, t.cols)
	}
	w := make([]float64, len(w32))
	for i, x := range w32 {
		w[i] = float64(x)
	}
	if form == kernel.BF16 {
		w = inBF16(w)
	}
	r.cache[name] = w
	return w
}

// inQ8 is what the numbers of a tensor are when they are packed: the same, but for types that are no products of whole
// numbers of 8 bits and a scale.
func (t *stored) inQ8() ([]float32, error) {
	raw, err := t.bytes()
	if err != nil {
		return nil, err
	}
	numbers, scales := make([]byte, t.rows*t.cols), make([]float32, t.rows*t.cols/gguf.Q8Group)
	if err := gguf.Q8(numbers, scales, t.kind, raw); err != nil {
		return nil, err
	}
	x := make([]float32, len(numbers))
	for i, q := range numbers {
		x[i] = float32(int8(q)) * scales[i/gguf.Q8Group]
	}
	return x, nil
}

// round is what the engine multiplies instead of x: in a fine row, what rounding leaves is rounded and added.
func (r *reference) round(x []float64) []float64 {
	out := inEightBits(x, 32)
	if !r.fine {
		return out
	}
	left := make([]float64, len(x))
	for i := range x {
		left[i] = x[i] - out[i]
	}
	add(out, inEightBits(left, 32))
	return out
}

// inInt8 rounds weights as kernel.PackInt8 does: by the same arithmetic, since those of a file often lie half way.
func inInt8(w []float32, cols int) {
	numbers := make([]byte, cols)
	for at := 0; at < len(w); at += cols {
		scale := kernel.Sets()[0].QuantiseRow(numbers, w[at:at+cols])
		for i, q := range numbers {
			w[at+i] = float32(int8(q)) * scale
		}
	}
}

// inEightBits rounds numbers as Set.Quantise does, so many to a scale.
func inEightBits(x []float64, block int) []float64 {
	out := make([]float64, len(x))
	for from := 0; from < len(x); from += block {
		largest := 0.0
		for _, v := range x[from : from+block] {
			largest = max(largest, math.Abs(v))
		}
		for i, v := range x[from : from+block] {
			if largest > 0 {
				out[from+i] = math.RoundToEven(v*127/largest) * largest / 127
			}
		}
	}
	return out
}

// inBF16 rounds numbers to 8 bits of precision, of two as near to the even one. That is what Set.Round does unless they
// are as small or as large as no number of a model is.
func inBF16(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		fraction, exponent := math.Frexp(v)
		out[i] = math.Ldexp(math.RoundToEven(fraction*256), exponent-8)
	}
	return out
}

// dot adds up in four lanes, so that one addition need not wait for the other: billions of them are done here.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

func add(x, y []float64) {
	for i := range x {
		x[i] += y[i]
	}
}
