package mock

import (
	"errors"
	"text/template/parse"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// text/template cannot be interrupted. What a template does is counted by commands that are put into it before it runs:
// one at the beginning of each pass through a loop, one behind each command of a pipeline. Their names cannot be used by
// templates, since these are read before there are any of that name.
const (
	passCommand    = "mockforgePass"
	checkedCommand = "mockforgeChecked"
	writtenCommand = "mockforgeWritten"
)

// bound puts the counting commands into a template, and refuses calls of templates, which could call themselves.
func bound(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	var errs []error
	for _, node := range list.Nodes {
		var branch *parse.BranchNode
		switch n := node.(type) {
		case *parse.ActionNode:
			boundPipe(n.Pipe, len(n.Pipe.Decl) == 0)
			continue
		case *parse.IfNode:
			branch = &n.BranchNode
		case *parse.WithNode:
			branch = &n.BranchNode
		case *parse.RangeNode:
			branch = &n.BranchNode
		case *parse.TemplateNode:
			return validation.Errorf("", "must not call templates, calls %q in line %d", n.Name, n.Line)
		default:
			continue
		}
		boundPipe(branch.Pipe, false)
		errs = append(errs, bound(branch.List), bound(branch.ElseList))
		if node.Type() == parse.NodeRange {
			pass := &parse.ActionNode{NodeType: parse.NodeAction, Pos: node.Position(), Pipe: &parse.PipeNode{
				NodeType: parse.NodePipe, Pos: node.Position(), Cmds: []*parse.CommandNode{command(passCommand, node.Position())},
			}}
			branch.List.Nodes = append([]parse.Node{pass}, branch.List.Nodes...)
		}
	}
	return errors.Join(errs...)
}

// boundPipe has the result of each command of a pipeline counted; written says whether that of the last is written.
func boundPipe(pipe *parse.PipeNode, written bool) {
	if pipe == nil {
		return
	}
	var commands []*parse.CommandNode
	for i, c := range pipe.Cmds {
		for _, argument := range c.Args {
			boundArgument(argument)
		}
		counted := checkedCommand
		if written && i == len(pipe.Cmds)-1 {
			counted = writtenCommand
		}
		commands = append(commands, c, command(counted, c.Position()))
	}
	pipe.Cmds = commands
}

// boundArgument is for pipelines in parentheses.
func boundArgument(argument parse.Node) {
	switch n := argument.(type) {
	case *parse.PipeNode:
		boundPipe(n, false)
	case *parse.ChainNode:
		boundArgument(n.Node)
	}
}

func command(name string, at parse.Pos) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at, Args: []parse.Node{parse.NewIdentifier(name).SetPos(at)}}
}
