namespace Ottla.Protocol.Generator.Tests;

/// <summary>Every mistake is pointed out where it stands: line and column, counted from 1, and what is wrong.</summary>
public sealed class DiagnosticsTests
{
    private const string Types = "bool, int8, int16, int32, int64, uint16, uint32, float64, error, uuid, string, bytes, records "
        + "or a structure's name";

    [Theory]
    [InlineData("", "1:1 OTTLA008 the schema is empty; it begins with 'api', 'record' or 'message'")]
    [InlineData("# nothing but a comment", "1:1 OTTLA008 the schema is empty; it begins with 'api', 'record' or 'message'")]
    [InlineData("table Sample", "1:1 OTTLA008 'table' is not a declaration; a schema begins with 'api', 'record' or 'message'")]
    [InlineData("message", "1:8 OTTLA001 the line ends after 'message'; expected a name")]
    [InlineData("message sample\nbody 0", "1:9 OTTLA004 'sample' is not a name: a capital letter, then letters and digits")]
    [InlineData("message Sample", "1:9 OTTLA008 'Sample' has no section")]
    [InlineData("message Sample today\nbody 0", "1:16 OTTLA001 'today' is more than the line can hold")]
    [InlineData("record x Sample\nbody 0", "1:8 OTTLA008 'x' is not a key: a number from 0 to 32767")]
    [InlineData("api 40000 Sample", "1:5 OTTLA008 '40000' is not a key: a number from 0 to 32767")]
    [InlineData("api 1 Fetch, served by nobody\nrequest 0\nresponse 0",
        "1:24 OTTLA001 'nobody' serves nothing; expected 'broker' or 'controller'")]
    [InlineData("api 1 Fetch, served by broker\nrequest 0", "1:7 OTTLA008 an api has a 'request' and a 'response'")]
    [InlineData("record 1 Sample\nbody 0\nkey 0", "1:8 OTTLA008 a record is a 'body', or a 'key' with a 'value', not both")]
    [InlineData("message Sample\nbody 0\nbody 1", "3:1 OTTLA008 a second section 'body'")]
    [InlineData("message Sample\nrequest 0", "1:9 OTTLA008 'Sample' has no section",
        "2:1 OTTLA001 'request' is no section; expected 'body'")]
    public void A_declaration_that_says_nothing_is_pointed_out(string schema, params string[] problems) =>
        Assert.Equal(problems, Generation.Of(schema).Problems());

    [Theory]
    [InlineData("body 0+", "2:6 OTTLA003 '0+' are no versions of a message; write '3' or '0-3'")]
    [InlineData("body 3-1", "2:6 OTTLA003 '3-1' are no versions of a message; write '3' or '0-3'")]
    [InlineData("body", "2:5 OTTLA001 the line ends after 'body'; expected versions such as '0-3'")]
    [InlineData("body 0-3, flexible 4+", "2:20 OTTLA003 flexible from version 4, but the last is 3")]
    [InlineData("body 0-3, flexible 1-2", "2:20 OTTLA003 '1-2': flexible versions go on to the last; write '2+' or '*'")]
    [InlineData("body 0-3, soft 1+", "2:11 OTTLA001 'soft' says nothing here; expected 'flexible' or 'latest unstable'")]
    [InlineData("body 0-3, latest stable", "2:18 OTTLA001 'stable' stands where 'unstable' is expected")]
    public void A_section_with_wrong_versions_is_pointed_out(string head, string problem) =>
        Assert.Contains(problem, Generation.Of("message Sample\n" + head).Problems());

    [Theory]
    [InlineData("x  Name  string", "3:5 OTTLA003 'x' are no versions; a field begins with '3', '0-3', '12+' or '*'")]
    [InlineData("7+  Name  string", "3:5 OTTLA003 no version of the message (0-3) has this field (7+)")]
    [InlineData("*  Name", "3:12 OTTLA001 the line ends after 'Name'; expected a type")]
    [InlineData("*  name  string", "3:8 OTTLA004 'name' is not a name: a capital letter, then letters and digits")]
    [InlineData("*  Name  text", "3:14 OTTLA002 'text' is no type; expected " + Types)]
    [InlineData("*  Name  Text", "3:14 OTTLA002 'Text' is neither a type nor a structure of this message")]
    [InlineData("*  Name  []bool", "3:14 OTTLA002 '[]bool': arrays hold int8, int16, int32, int64, uuid, string or structures")]
    [InlineData("*  Name  int32?", "3:14 OTTLA009 'int32?': a number, bool, error or uuid cannot be null")]
    [InlineData("*  Name  string?2+", "3:14 OTTLA009 'string?2+': what follows '?' are versions in brackets, such as '?(2+)'")]
    [InlineData("*  Name  string = null", "3:23 OTTLA006 null by default, but the field cannot be null; mark its type with '?'")]
    [InlineData("*  Name  int8 = 200", "3:21 OTTLA006 '200' is no default of int8: a whole number within its range")]
    [InlineData("*  Name  bool = 1", "3:21 OTTLA006 '1' is no default of a bool: true or false")]
    [InlineData("*  Name  string? = empty", "3:24 OTTLA006 'empty' is no default of string (only null is, where it is nullable)")]
    [InlineData("*  Name  []int32 = 1", "3:24 OTTLA006 '1' is no default of an array (only null is)")]
    [InlineData("*  Name  string  old", "3:22 OTTLA001 'old' says nothing about a field; expected '= DEFAULT', 'tag N' or 'ignorable'")]
    [InlineData("*  Name  string  ignorable tag 1", "3:32 OTTLA001 'tag' stands where ',' is expected")]
    [InlineData("2+  Name  string  tag x", "3:27 OTTLA005 'x' is not a tag: a number from 0 to 10000")]
    [InlineData("1+  Name  string  tag 0", "3:27 OTTLA005 a tagged field lives in flexible versions (2-3) only; this one has 1-3")]
    [InlineData("*  Versions  int32", "3:8 OTTLA004 'Versions' is a member that every message has")]
    public void A_wrong_field_is_pointed_out(string field, string problem) =>
        Assert.Equal([problem], Generation.Of("message Sample\nbody 0-3, flexible 2+\n    " + field).Problems());

    [Fact]
    public void Fields_and_tags_that_are_taken_are_pointed_out() => AssertProblems(
        """
        message Sample

        body 0, flexible 0+
            *  Id     int32
            *  Id     int64
            *  First  int32  tag 3
            *  Other  int32  tag 3
        """,
        "5:8 OTTLA004 a second field 'Id'",
        "7:26 OTTLA005 tag 3 is taken by 'First'");

    [Fact]
    public void Wrong_structures_are_pointed_out() => AssertProblems(
        """
        message Sample

        body 0
            *  Number  int32
                *  Below  int32
            *  First   []Thing
                *  Id  int32

            struct Thing
                *  Id  int32
        """,
        "4:16 OTTLA007 fields stand below 'Number', whose type 'int32' is no structure",
        "9:12 OTTLA004 the structure 'Thing' is declared twice in this message");

    [Fact]
    public void A_structure_that_nobody_holds_is_pointed_out() => AssertProblems(
        "message Sample\nbody 0\n    *  Id  int32\n    struct Lonely\n        *  Id  int32",
        "4:12 OTTLA007 no field holds the structure 'Lonely'");

    [Fact]
    public void A_structure_that_holds_itself_is_pointed_out() => AssertProblems(
        "message Sample\nbody 0\n    *  Tree  []Node\n    struct Node\n        *  Children  []Node",
        "4:12 OTTLA007 the structure 'Node' holds itself");

    [Fact]
    public void Wrong_indentation_is_pointed_out() => AssertProblems(
        "message Sample\nbody 0\n  *  Two  int32\n\t*  Tab  int32\n    *  Good  int32\n            *  Deep  int32",
        "3:3 OTTLA001 indented by 2 spaces; a level is 4",
        "4:1 OTTLA001 a tab; fields are indented by spaces, 4 a level",
        "6:13 OTTLA001 indented deeper than the line above allows");

    [Fact]
    public void All_mistakes_of_a_file_are_pointed_out_at_once() => AssertProblems(
        "message Sample\nbody 0\n    *  A  int33\n    *  B  string\n    *  b  string",
        "3:11 OTTLA002 'int33' is no type; expected " + Types,
        "5:8 OTTLA004 'b' is not a name: a capital letter, then letters and digits");

    [Fact]
    public void A_schema_in_a_folder_that_gives_no_namespace_is_pointed_out()
    {
        var generation = new Generation(("Schemas/Other/Sample.kmsg", "message Sample\nbody 0"));
        const string problem = "a schema lies in a folder named Wire, Metadata, Coordinator, Raft or Storage; "
            + "its namespace follows from it";
        Assert.Equal(["1:1 OTTLA008 " + problem], generation.Problems());
    }

    [Fact]
    public void A_key_that_two_schemas_claim_is_pointed_out_in_the_second()
    {
        var generation = new Generation(
            ("Schemas/Wire/A.kmsg", "api 3 Metadata, served by broker\nrequest 0\nresponse 0"),
            ("Schemas/Wire/B.kmsg", "api 3 Produce, served by broker\nrequest 0\nresponse 0"));
        Assert.Equal(["1:1 OTTLA010 key 3 of 'Produce' is taken by 'Metadata' (Schemas/Wire/A.kmsg)"], generation.Problems());
        Assert.Equal("Schemas/Wire/B.kmsg", generation.Result.Diagnostics[0].Location.GetLineSpan().Path);
    }

    [Fact]
    public void A_mistake_spans_the_words_that_are_wrong()
    {
        var span = Assert.Single(Generation.Of("message Sample\nbody 0\n    *  Name  text").Result.Diagnostics).Location.GetLineSpan();
        Assert.Equal("Schemas/Wire/Sample.kmsg", span.Path);
        Assert.Equal((2, 13), (span.StartLinePosition.Line, span.StartLinePosition.Character));
        Assert.Equal((2, 17), (span.EndLinePosition.Line, span.EndLinePosition.Character));
    }

    [Fact]
    public void A_file_with_a_mistake_yields_no_code_and_leaves_the_others_alone()
    {
        var generation = new Generation(("Schemas/Wire/Bad.kmsg", "message Bad"),
            ("Schemas/Wire/Good.kmsg", "message Good\nbody 0\n    *  Id  int32"));
        Assert.Single(generation.Result.Diagnostics);
        Assert.Equal(["Wire.Good.g.cs", "Tables.g.cs"], generation.Result.GeneratedSources.Select(source => source.HintName));
    }

    private static void AssertProblems(string schema, params string[] problems) => Assert.Equal(problems, Generation.Of(schema).Problems());
}
