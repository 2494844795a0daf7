package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// OnBehalfOf is the request header of those who ask for others, such as Grafana for its users: the name of the other, escaped
	// as a segment of a URL's path is. An answer that was made for the other has it, too.
	OnBehalfOf = "X-MockForge-On-Behalf-Of"
	// RightsHeader says beside OnBehalfOf what the other may do of what the one who asks may do: a list of write and read-bodies,
	// separated by commas. Absent is all of it.
	RightsHeader = "X-MockForge-Rights"
)

const (
	rightWrite      = "write"
	rightReadBodies = "read-bodies"
	// maxName is the greatest length of the other's name, in bytes.
	maxName = 256
)

// Delegates are bearer tokens whose bearers may ask for others.
type Delegates struct{ digests [][sha256.Size]byte }

// NewDelegates keeps no token, only their digests.
func NewDelegates(tokens []string) Delegates {
	var d Delegates
	for _, token := range tokens {
		d.digests = append(d.digests, sha256.Sum256([]byte(token)))
	}
	return d
}

// Actor returns for whom a request is that own sends: own where it says nothing of anybody else. The error is a *Problem.
func (d Delegates) Actor(r *http.Request, own Actor) (Actor, error) {
	names, rights := r.Header.Values(OnBehalfOf), r.Header.Values(RightsHeader)
	switch {
	case len(names) == 0 && len(rights) == 0:
		return own, nil
	case len(names) != 1 || len(rights) > 1:
		return Actor{}, problem(http.StatusBadRequest, OnBehalfOf+" must be given once, and "+RightsHeader+" once at most beside it.", OnBehalfOf)
	case !d.has(r.Header.Get("Authorization")):
		return Actor{}, problem(http.StatusForbidden, OnBehalfOf+" is believed only beside a bearer token that control::delegates of the collector has.", OnBehalfOf)
	}
	name, err := url.PathUnescape(names[0])
	if err != nil || name == "" || validation.Text("name", name, maxName) != nil {
		return Actor{}, problem(http.StatusBadRequest, OnBehalfOf+" must be a name, escaped as a segment of a URL's path is.", OnBehalfOf)
	}
	other := Actor{Name: name, CanWrite: own.CanWrite, CanReadBodies: own.CanReadBodies, Represented: true}
	if len(rights) == 1 {
		granted, err := parseRights(rights[0])
		if err != nil {
			return Actor{}, err
		}
		other.CanWrite = own.CanWrite && slices.Contains(granted, rightWrite)
		other.CanReadBodies = own.CanReadBodies && slices.Contains(granted, rightReadBodies)
	}
	return other, nil
}

// has reports whether a value of the Authorization header has one of the tokens, in a time that says nothing of them.
func (d Delegates) has(authorization string) bool {
	scheme, token, _ := strings.Cut(authorization, " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := 0
	for _, digest := range d.digests {
		found |= subtle.ConstantTimeCompare(digest[:], given[:])
	}
	return found == 1 && strings.EqualFold(scheme, "Bearer")
}

func parseRights(text string) ([]string, error) {
	var granted []string
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if one != rightWrite && one != rightReadBodies {
			return nil, problem(http.StatusBadRequest, RightsHeader+" must be a list of "+rightWrite+" and "+rightReadBodies+".", RightsHeader)
		}
		granted = append(granted, one)
	}
	return granted, nil
}

// Represent makes r one that is sent for actor.
func Represent(r *http.Request, actor Actor) {
	var granted []string
	if actor.CanWrite {
		granted = append(granted, rightWrite)
	}
	if actor.CanReadBodies {
		granted = append(granted, rightReadBodies)
	}
	r.Header.Set(OnBehalfOf, url.PathEscape(actor.Name))
	r.Header.Set(RightsHeader, strings.Join(granted, ","))
}
