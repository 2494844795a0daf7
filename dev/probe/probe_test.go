package probe

import "testing"

func TestMetricIsTheSumOfItsSamples(t *testing.T) {
	const text = `# TYPE a_total counter
a_total{gateway="shop",status="200"} 3
a_total{gateway="shop",status="400"} 2
a_total{gateway="other",grpc_status="400"} 7
a_total_created 9
b 1.5
`
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"a_total", nil, 12},
		{"a_total", []string{`status="400"`}, 2},
		{"a_total", []string{`status="400"`, `gateway="other"`}, 0},
		{"b", nil, 1.5},
		{"absent", nil, 0},
	} {
		if got, err := sum(text, c.name, c.labels...); err != nil || got != c.want {
			t.Errorf("%s %v is %v, %v, want %v", c.name, c.labels, got, err, c.want)
		}
	}
}
