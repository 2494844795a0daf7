package main

// comparison holds a contender against another one, with the targets for the ratios, empty where there are none: throughput is the
// least, processor the most.
type comparison struct{ of, to, throughput, processor string }

// row has the ratios and their targets; nil where one of the two was not measured.
func (c comparison) row(byName map[string]*contender) []string {
	of, to := byName[c.of], byName[c.to]
	if of == nil || to == nil {
		return nil
	}
	return []string{
		c.of + " / " + c.to,
		spreadOf(ratios(of.rates, to.rates)).text(2), c.throughput,
		spreadOf(ratios(of.perRequest, to.perRequest)).text(2), c.processor,
	}
}
