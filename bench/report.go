package main

import (
	"fmt"

	"github.com/mockforge/mockforge-observability-app/dev/report"
)

func newReport(s settings) *report.Report {
	r := report.New("Results of the benchmarks", "Written by `go tool mage bench`; not to be edited. "+
		"Ratios within one run count: absolute figures say more about the machine than about the product. "+
		"A figure is the median of the rounds, with the least and the most in brackets.")
	rows := append(report.Circumstances(),
		[]string{"rounds", fmt.Sprintf("%d of %s for each proxy, interleaved; %d connections", s.rounds, s.round, s.connections)})
	if s.note != "" {
		rows = append(rows, []string{"note", s.note})
	}
	r.Table([]string{"", ""}, rows)
	return r
}
