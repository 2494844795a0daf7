package mockforgereceiver

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// BenchmarkRecords makes log records of a batch as large as the pipeline gets.
func BenchmarkRecords(b *testing.B) {
	batch := make([]*recording.Recording, batchSize)
	for i := range batch {
		batch[i] = exchange(nil)
	}
	m := newMapper(createDefaultConfig().(*Config), "")
	b.ReportAllocs()
	for b.Loop() {
		m.logs(batch, observed)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batchSize, "ns/record")
}
