package report

import (
	"strings"
	"testing"
)

func TestQuantileTakesTheNearestRank(t *testing.T) {
	values := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for q, want := range map[float64]int{0.01: 1, 0.5: 5, 0.99: 10, 1: 10} {
		if got := Quantile(values, q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
}

func TestCellsStayInTheirTable(t *testing.T) {
	r := New("Title", "Introduction.")
	r.Table([]string{"a"}, [][]string{{"x|y\nz"}})
	if got, want := r.String(), "# Title\n\nIntroduction.\n\n| a |\n| --- |\n| x\\|y z |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Count(r.String(), "\n") != 7 {
		t.Error("a cell has broken its row")
	}
}
