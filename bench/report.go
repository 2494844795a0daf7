package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/load"
)

// report is the Markdown that is written.
type report struct{ text strings.Builder }

func newReport(s settings) *report {
	r := &report{}
	r.text.WriteString("# Results of the benchmarks\n\nWritten by `go tool mage bench`; not to be edited. ")
	r.text.WriteString("Ratios within one run count: absolute figures say more about the machine than about the product. ")
	r.text.WriteString("A figure is the median of the rounds, with the least and the most in brackets.\n\n")
	processor := "unknown"
	if info, err := cpu.Info(); err == nil && len(info) > 0 && info[0].ModelName != "" {
		processor = info[0].ModelName
	}
	busy := "unknown"
	if average, err := load.Avg(); err == nil {
		busy = fmt.Sprintf("%.1f, %.1f, %.1f", average.Load1, average.Load5, average.Load15)
	}
	rows := [][]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"machine", fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor)},
		{"load before the run (1, 5, 15 minutes)", busy},
		{"Go", runtime.Version()},
		{"rounds", fmt.Sprintf("%d of %s for each proxy, interleaved; %d connections", s.rounds, s.round, s.connections)},
	}
	if s.note != "" {
		rows = append(rows, []string{"note", s.note})
	}
	r.table([]string{"", ""}, rows)
	return r
}

func (r *report) section(title, text string) {
	fmt.Fprintf(&r.text, "\n## %s\n\n", title)
	r.paragraph(text)
}

func (r *report) paragraph(text string) { r.text.WriteString(text + "\n\n") }

func (r *report) table(head []string, rows [][]string) {
	r.row(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	r.row(rule)
	for _, row := range rows {
		r.row(row)
	}
}

func (r *report) row(cells []string) {
	r.text.WriteString("|")
	for _, cell := range cells {
		r.text.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
	}
	r.text.WriteString("\n")
}

// String is the whole report.
func (r *report) String() string { return r.text.String() }
