namespace Ottla.Protocol.Generator.Model;

/// <summary>Something wrong in a schema: where (counted from 0, as Roslyn does) and what.</summary>
internal sealed record Problem(string Id, string Path, int Line, int Column, int Length, string Text);

/// <summary>What became of one file: its schema, or the problems that stand in its way.</summary>
internal sealed record ParsedFile(string Path, Schema? Schema, EquatableArray<Problem> Problems);
