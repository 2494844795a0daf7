// Package manifests holds what the Collector builder makes of the manifests beside it to what they promise. Its tests have a package of
// their own, with a time limit of their own, since the first build of a distribution takes minutes.
package manifests
