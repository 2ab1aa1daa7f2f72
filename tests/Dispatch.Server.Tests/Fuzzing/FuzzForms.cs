namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>A form with a binding, a line that it takes, and an answer to that line.</summary>
internal sealed record FuzzForm(string Type, string Settings, string Binding, string Line, string Answer);

/// <summary>All forms, in shapes that producers send.</summary>
internal static class FuzzForms
{
    private const string Rating = """{"dimensions":[{"name":"quality","min":1,"max":5}],"reason":"optional"}""";
    private const string Options = """{"options":["yes","no",{"key":"maybe","label":"Maybe"}]}""";
    private const string Spans = """{"types":[{"name":"wrong","label":"Wrong"}],"severities":["minor","major"],"comment":"optional"}""";

    public static readonly IReadOnlyList<FuzzForm> All =
    [
        new("preference", """{"tie":true}""", """{"id":"id","prompt":"p","responses":["x","y"],"known":"k"}""",
            """{"id":"ID","p":"Which?","x":"one","y":"two","k":"x"}""", """{"choice":"1"}"""),
        new("preference", """{"tie":true}""", """{"prompt":"prompt","responses":["chosen","rejected"],"context":["source"]}""",
            """
            {"prompt":[{"role":"user","content":"ID"}],"chosen":[{"role":"assistant","content":"a"}],
             "rejected":[{"role":"assistant","content":"b"}],"source":"s"}
            """,
            """{"choice":"2"}"""),
        new("rating", Rating, """{"id":"id","prompt":"p","response":"x","known":"k"}""",
            """{"id":"ID","p":"How good?","x":"text","k":{"quality":3}}""", """{"ratings":{"quality":3}}"""),
        new("rating", Rating, """{"id":"id","prompt":"conversations.0.value","response":"conversations.1.value"}""",
            """{"id":"ID","conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""", """{"ratings":{"quality":1}}"""),
        new("ranking", "{}", """{"id":"id","prompt":"prompt","responses":"answers","known":"k"}""",
            """{"id":"ID","prompt":"q","answers":["a","b","c"],"k":[1,2,3]}""", """{"ranking":["1","2","3"]}"""),
        new("choice", Options, """{"id":"id","prompt":"text","known":{"field":"label","map":{"1":"yes","0":"no"}}}""",
            """{"id":"ID","text":"A text.","label":1}""", """{"choice":"1"}"""),
        new("choice", """{"multiple":true,"options":["a","b"]}""", """{"id":"id","prompt":"data.text","known":"labels"}""",
            """{"id":"ID","data":{"text":"t"},"labels":["a"]}""", """{"choices":["1"]}"""),
        new("correction", """{"reason":"optional"}""", """{"id":"id","prompt":"prompt","text":"text","known":"k"}""",
            """{"id":"ID","prompt":"q","text":"a txt","k":"a text"}""", """{"text":"a text"}"""),
        new("spans", Spans, """{"id":"id","prompt":"prompt","steps":"steps","known":"k"}""",
            """{"id":"ID","prompt":"q","steps":["first","second"],"k":[{"start":0,"end":2,"type":"wrong"}]}""", """{"spans":[]}"""),
        new("spans", Spans, """{"id":"id","prompt":"prompt","text":"text"}""",
            """{"id":"ID","prompt":"q","text":"a \ud83d\ude00 text"}""", """{"spans":[]}"""),
    ];
}
