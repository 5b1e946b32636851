package web

import "github.com/prometheus/client_golang/prometheus"

// What follows is asked for when somebody scrapes, and not counted as requests come.

// indexSize is the metric quern_index_documents. It is left out while the index cannot be read.
type indexSize struct{ documents Documents }

func (i indexSize) desc() *prometheus.Desc {
	return prometheus.NewDesc("quern_index_documents", "Documents that searches see.", nil, nil)
}

// Describe implements [prometheus.Collector].
func (i indexSize) Describe(to chan<- *prometheus.Desc) { to <- i.desc() }

// Collect implements [prometheus.Collector].
func (i indexSize) Collect(to chan<- prometheus.Metric) {
	if n, err := i.documents.Count(); err == nil {
		to <- prometheus.MustNewConstMetric(i.desc(), prometheus.GaugeValue, float64(n))
	}
}

// queueLoad is the metric quern_model_tasks. It is left out where nothing is known.
type queueLoad struct{ load func() (working, waiting int) }

func (q queueLoad) desc() *prometheus.Desc {
	return prometheus.NewDesc("quern_model_tasks", "Tasks that the models are at work on, and that wait for a turn.", []string{"state"}, nil)
}

// Describe implements [prometheus.Collector].
func (q queueLoad) Describe(to chan<- *prometheus.Desc) { to <- q.desc() }

// Collect implements [prometheus.Collector].
func (q queueLoad) Collect(to chan<- prometheus.Metric) {
	if q.load == nil {
		return
	}
	working, waiting := q.load()
	to <- prometheus.MustNewConstMetric(q.desc(), prometheus.GaugeValue, float64(working), "working")
	to <- prometheus.MustNewConstMetric(q.desc(), prometheus.GaugeValue, float64(waiting), "waiting")
}
