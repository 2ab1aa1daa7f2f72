using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Lines in the shapes that data sets and tools of the field have, our own making: one test a shape, bound without changing the line.</summary>
public sealed class NativeShapeTests
{
    private const string Rated = """{"dimensions":[{"name":"quality","min":1,"max":5}]}""";

    private static LineBinding Read(string type, string settings, string binding, string line)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Refusals.Select(refusal => $"{refusal.Place}: {refusal.Message}").ShouldBeEmpty();
        using var document = JsonDocument.Parse(line);
        var bound = compiled.Form!.Bind(document.RootElement);
        bound.Refusal.ShouldBeNull();
        bound.Key.ShouldNotBeEmpty();
        return bound;
    }

    private static string Content(string prompt, params string[] responses) =>
        $$"""{"prompt":[{{prompt}}],"context":{},"responses":[{{string.Join(',', responses.Select(response => JsonSerializer.Serialize(response)))}}]}""";

    private static string Turn(string role, string text) => $$"""{"role":"{{role}}","text":"{{text}}"}""";

    [Fact]
    public void HhRlhf_DialoguesWithoutPromptAndId() => Read(
        "preference", "{}", """{"responses":["chosen","rejected"]}""",
        """{"chosen":"\n\nHuman: how long do eggs boil?\n\nAssistant: Eight minutes.","rejected":"\n\nHuman: how long do eggs boil?\n\nAssistant: I do not know."}""")
        .ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe(Content(Turn("user", "how long do eggs boil?"), "Eight minutes.", "I do not know.")),
            bound => bound.HasGeneratedKey.ShouldBeTrue());

    [Fact]
    public void Hash_IsOfTheContent()
    {
        const string Binding = """{"id":"$hash","prompt":"p","responses":["x","y"],"known":"gold"}""";
        var first = Read("preference", "{}", Binding, """{"p":"q","x":"1","y":"2","other":1,"gold":"a"}""");
        Read("preference", "{}", Binding, """{"y":"2","x":"1","p":"q"}""").Key.ShouldBe(first.Key);
        Read("preference", "{}", """{"prompt":"p","responses":["x","y"]}""", """{"p":"q","x":"1","y":"2"}""").Key.ShouldBe(first.Key);
        Read("preference", "{}", Binding, """{"p":"q","x":"2","y":"1"}""").Key.ShouldNotBe(first.Key);
        first.Key.ShouldStartWith("hash-");
    }

    [Fact]
    public void Trl_ConversationalLines() => Read(
        "preference", "{}", """{"prompt":"prompt","responses":["chosen","rejected"]}""",
        """{"prompt":[{"role":"user","content":"Sky colour?"}],"chosen":[{"role":"assistant","content":"Blue"}],"rejected":[{"role":"assistant","content":"Green"}]}""")
        .Content.ShouldBe(Content(Turn("user", "Sky colour?"), "Blue", "Green"));

    [Fact]
    public void Trl_ImplicitPromptOfMessages() => Read(
        "preference", "{}", """{"responses":["chosen","rejected"]}""",
        """{"chosen":[{"role":"user","content":"Sky?"},{"role":"assistant","content":"Blue"}],"rejected":[{"role":"user","content":"Sky?"},{"role":"assistant","content":"Green"}]}""")
        .Content.ShouldBe(Content(Turn("user", "Sky?"), "Blue", "Green"));

    [Fact]
    public void Trl_ImplicitPromptOfTexts_IsAskedFor()
    {
        const string Line = """{"chosen":"The sky is blue.","rejected":"The sky is green."}""";
        Read("preference", "{}", """{"prompt":"$common","responses":["chosen","rejected"]}""", Line).Content.ShouldBe(Content(Turn("user", "The sky is"), " blue.", " green."));
        Read("preference", "{}", """{"responses":["chosen","rejected"]}""", Line).Content.ShouldBe(Content("", "The sky is blue.", "The sky is green."));
    }

    [Fact]
    public void UltraFeedbackBinarized_PromptRepeatedInTheMessages() => Read(
        "preference", "{}", """{"id":"prompt_id","prompt":"prompt","responses":["chosen","rejected"],"known":{"fields":["score_chosen","score_rejected"],"numbers":"highest_best"}}""",
        """{"prompt":"Why?","prompt_id":"x","chosen":[{"content":"Why?","role":"user"},{"content":"So.","role":"assistant"}],"rejected":[{"content":"Why?","role":"user"},{"content":"No.","role":"assistant"}],"score_chosen":8.0,"score_rejected":5.5}""")
        .ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe(Content(Turn("user", "Why?"), "So.", "No.")),
            bound => bound.KnownAnswer.ShouldBe("""{"choice":"a"}"""));

    [Fact]
    public void UltraFeedback_RatingsAsTextsAndAbsent()
    {
        const string Binding = """{"prompt":"instruction","response":"completions.0.response","known":"completions.0.annotations.helpfulness.Rating"}""";
        Read("rating", Rated, Binding, """{"instruction":"i","completions":[{"response":"r","annotations":{"helpfulness":{"Rating":"4"}}}]}""").KnownAnswer.ShouldBe("""{"ratings":{"quality":4}}""");
        Read("rating", Rated, Binding, """{"instruction":"i","completions":[{"response":"r","annotations":{"helpfulness":{"Rating":"N/A"}}}]}""").KnownAnswer.ShouldBeNull();
    }

    [Fact]
    public void OpenAi_ContentParts() => Read(
        "preference", "{}", """{"id":"id","prompt":"prompt","responses":["chosen","rejected"]}""",
        """{"id":2,"prompt":[{"role":"user","content":[{"type":"text","text":"Weather here?"},{"type":"image_url","image_url":{"url":"https://example.org/sky.png"}}]}],"chosen":[{"role":"assistant","content":"Rain"}],"rejected":[{"role":"assistant","content":"Sun"}]}""")
        .ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe(Content(Turn("user", "Weather here?\\n\\n[image: https://example.org/sky.png]"), "Rain", "Sun")),
            bound => bound.Notes.ShouldHaveSingleItem().Kind.ShouldBe("marked_as_text"));

    [Fact]
    public void OpenAi_ToolCallsAndToolTurns() => Read(
        "preference", "{}", """{"id":"id","prompt":"prompt","responses":["chosen","rejected"]}""",
        """{"id":3,"prompt":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"type":"function","function":{"name":"w","arguments":"{\"city\":\"Oslo\"}"}}]},{"role":"tool","content":"20C"}],"chosen":[{"role":"assistant","content":"20C"}],"rejected":[{"role":"assistant","content":"?"}]}""")
        .Content.ShouldBe(Content($"{Turn("user", "Weather?")},{Turn("assistant", "[tool call: w({\\\"city\\\":\\\"Oslo\\\"})]")},{Turn("tool", "20C")}", "20C", "?"));

    [Fact]
    public void OpenAi_EmbeddedImage_IsCut() => Read(
        "rating", Rated, """{"prompt":"messages"}""",
        $$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{new string('A', 20_000)}}}"}}]}]}""")
        .Content.Length.ShouldBeLessThan(500);

    [Fact]
    public void ShareGpt_FromAndValue() => Read(
        "rating", Rated, """{"id":"id","prompt":"conversations"}""",
        """{"id":"sg_1","conversations":[{"from":"system","value":"Be kind."},{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""")
        .Content.ShouldBe($$"""{"prompt":[{{Turn("system", "Be kind.")}},{{Turn("user", "Hi")}},{{Turn("assistant", "Hello")}}],"context":{},"response":null}""");

    [Fact]
    public void ResponseThatIsAConversation_IsItsLastTurn() => Read(
        "rating", Rated, """{"response":"messages"}""",
        """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""")
        .Content.ShouldBe($$"""{"prompt":[{{Turn("user", "Hi")}}],"context":{},"response":"Hello"}""");

    [Fact]
    public void MtBench_TurnsAsAListOfTexts() => Read(
        "rating", Rated, """{"id":"question_id","prompt":"turns"}""",
        """{"question_id":81,"category":"writing","turns":["Compose a blog post.","Rewrite it."]}""")
        .Content.ShouldBe($$"""{"prompt":[{{Turn("user", "Compose a blog post.")}},{{Turn("user", "Rewrite it.")}}],"context":{},"response":null}""");

    [Fact]
    public void MtBench_Answers() => Read(
        "rating", Rated, """{"id":"answer_id","response":"choices.0.turns.0"}""",
        """{"question_id":81,"answer_id":"n4X","model_id":"m","choices":[{"index":0,"turns":["Aloha!","Again."]}],"tstamp":1.5}""")
        .Content.ShouldContain("\"response\":\"Aloha!\"");

    [Fact]
    public void ArenaVotes_TwoConversationsAndAWinner()
    {
        const string Binding = """{"id":"question_id","responses":["conversation_a","conversation_b"],"known":"winner"}""";
        string Line(string winner) => $$"""{"question_id":"q","winner":"{{winner}}","conversation_a":[{"content":"Who?","role":"user"},{"content":"Me.","role":"assistant"}],"conversation_b":[{"content":"Who?","role":"user"},{"content":"You.","role":"assistant"}]}""";
        Read("preference", """{"tie":true}""", Binding, Line("model_b")).ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe(Content(Turn("user", "Who?"), "Me.", "You.")),
            bound => bound.KnownAnswer.ShouldBe("""{"choice":"b"}"""));
        Read("preference", """{"tie":true}""", Binding, Line("tie (bothbad)")).KnownAnswer.ShouldBe("""{"choice":"tie"}""");
    }

    [Fact]
    public void Shp_LabelsWhoseOneMeansTheFirst() => Read(
        "preference", "{}", """{"id":"post_id","prompt":"history","responses":["human_ref_A","human_ref_B"],"known":{"field":"labels","numbers":"winner_is_1"}}""",
        """{"post_id":"A-is-better","history":"q","human_ref_A":"good","human_ref_B":"bad","labels":1}""")
        .KnownAnswer.ShouldBe("""{"choice":"a"}""");

    [Fact]
    public void HelpSteer_FiveRatingColumnsAndNoId() => Read(
        "rating",
        """{"dimensions":[{"name":"helpfulness","min":0,"max":4},{"name":"correctness","min":0,"max":4},{"name":"coherence","min":0,"max":4},{"name":"complexity","min":0,"max":4},{"name":"verbosity","min":0,"max":4}]}""",
        """{"prompt":"prompt","response":"response","known":{"fields":{"helpfulness":"helpfulness","correctness":"correctness","coherence":"coherence","complexity":"complexity","verbosity":"verbosity"}}}""",
        """{"prompt":"p","response":"r","helpfulness":3,"correctness":4,"coherence":4,"complexity":2,"verbosity":2}""")
        .KnownAnswer.ShouldBe("""{"ratings":{"helpfulness":3,"correctness":4,"coherence":4,"complexity":2,"verbosity":2}}""");

    [Fact]
    public void HelpSteer2_PreferenceStrength() => Read(
        "preference", """{"tie":true}""", """{"prompt":"prompt","responses":["response_1","response_2"],"known":{"field":"preference_strength","numbers":"positive_is_second"}}""",
        """{"prompt":"p","response_1":"x","response_2":"y","preference_strength":0}""")
        .KnownAnswer.ShouldBe("""{"choice":"tie"}""");

    [Fact]
    public void SummarizeFromFeedback_ChoiceFrom0() => Read(
        "preference", "{}", """{"id":"info.id","prompt":"info.post","responses":["summaries.0.text","summaries.1.text"],"known":{"field":"choice","numbers":"first_is_0"}}""",
        """{"info":{"id":"t3","post":"p"},"summaries":[{"text":"x"},{"text":"y"}],"choice":1}""")
        .KnownAnswer.ShouldBe("""{"choice":"b"}""");

    [Fact]
    public void SafeRlhf_BetterResponseId() => Read(
        "preference", "{}", """{"prompt":"prompt","responses":["response_0","response_1"],"known":{"field":"better_response_id","numbers":"first_is_0"}}""",
        """{"prompt":"p","response_0":"x","response_1":"y","better_response_id":1}""")
        .KnownAnswer.ShouldBe("""{"choice":"b"}""");

    [Fact]
    public void Nectar_AnswersWithRanks() => Read(
        "ranking", "{}", """{"prompt":"prompt","responses":"answers","text":"answer","rank":{"field":"rank","numbers":"lowest_best"}}""",
        """{"prompt":"\n\nHuman: Who?\n\nAssistant: ","answers":[{"answer":"x","rank":2.0},{"answer":"y","rank":1.0}]}""")
        .ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe(Content(Turn("user", "Who?"), "x", "y")),
            bound => bound.KnownAnswer.ShouldBe("""{"ranking":["b","a"]}"""));

    [Fact]
    public void Prm800K_StepsWithRatings() => Read(
        "spans", """{"types":["wrong"]}""",
        """{"prompt":"question.problem","steps":"label.steps","known":{"field":"label.steps","map":{"-1":"wrong","0":null,"1":null}}}""",
        """{"question":{"problem":"1+1?"},"label":{"steps":[{"completions":[{"text":"Add.","rating":1,"flagged":false}],"human_completion":null,"chosen_completion":0},{"completions":[{"text":"So 2.","rating":1},{"text":"So 3.","rating":-1}],"human_completion":null,"chosen_completion":1}],"finish_reason":"found_error"}}""")
        .ShouldSatisfyAllConditions(
            bound => bound.Content.ShouldBe("""{"prompt":[{"role":"user","text":"1+1?"}],"context":{},"text":"Add.\n\nSo 3.","steps":[4,5]}"""),
            bound => bound.KnownAnswer.ShouldBe("""{"spans":[{"start":6,"end":11,"type":"wrong"}]}"""));

    [Fact]
    public void Prodigy_EntitiesAndPriorities()
    {
        var bound = Read(
            "spans", """{"types":["org"]}""", """{"id":"_task_hash","text":"text","known":"spans","priority":{"field":"priority","scale":1000}}""",
            """{"text":"Uber’s Lesson","_input_hash":1886699658,"_task_hash":-1952856502,"tokens":[{"text":"Uber","start":0,"end":4,"id":0}],"spans":[{"start":0,"end":4,"text":"Uber","rank":0,"label":"ORG","score":0.18,"source":"en_core","input_hash":1}],"priority":0.5}""");
        (bound.Key, bound.KnownAnswer, bound.Priority).ShouldBe(("-1952856502", """{"spans":[{"start":0,"end":4,"type":"org"}]}""", 500));
    }

    [Fact]
    public void Prodigy_RawTexts_HaveHashes() =>
        Read("choice", """{"options":["accept","reject"]}""", """{"response":"text","known":"answer"}""", """{"text":"A headline"}""").HasGeneratedKey.ShouldBeTrue();

    [Fact]
    public void Doccano_LabelsOfBothKinds()
    {
        Read("spans", """{"types":["PER"]}""", """{"id":"id","text":"text","known":"label"}""", """{"id":1,"text":"Ann left","label":[[0,3,"PER"]]}""").KnownAnswer.ShouldBe("""{"spans":[{"start":0,"end":3,"type":"PER"}]}""");
        Read("choice", """{"options":["pos","neg"]}""", """{"id":"id","response":"text","known":"label"}""", """{"id":1,"text":"fine","label":["pos"]}""").KnownAnswer.ShouldBe("""{"choice":"pos"}""");
        Read("choice", """{"options":["pos","neg"]}""", """{"id":"id","response":"text","known":"label"}""", """{"id":1,"text":"fine","label":[]}""").KnownAnswer.ShouldBeNull();
    }

    [Fact]
    public void LabelStudio_Task() => Read(
        "choice", """{"options":["Positive","Negative"]}""", """{"id":"id","response":"data.text","known":"predictions.0.result.0.value.choices"}""",
        """{"id":7,"data":{"text":"fine"},"predictions":[{"result":[{"value":{"choices":["positive"]}}]}]}""")
        .KnownAnswer.ShouldBe("""{"choice":"Positive"}""");

    [Fact]
    public void Argilla_Record() => Read(
        "choice", """{"options":["yes","no"]}""", """{"id":"external_id","prompt":"fields.chat","known":"suggestions.0.value"}""",
        """{"external_id":"r1","fields":{"chat":[{"role":"user","content":"Hi"}]},"suggestions":[{"question_name":"q","value":"yes"}]}""")
        .KnownAnswer.ShouldBe("""{"choice":"yes"}""");

    [Fact]
    public void Oasst_TreeByPath() => Read(
        "preference", "{}", """{"id":"message_tree_id","prompt":"prompt.text","responses":["prompt.replies.0.text","prompt.replies.1.text"]}""",
        """{"message_tree_id":"t","prompt":{"text":"q","role":"prompter","replies":[{"text":"x","replies":[]},{"text":"y"}]}}""")
        .Content.ShouldBe(Content(Turn("user", "q"), "x", "y"));

    [Fact]
    public void MongoAndToloka_IdsByPathAndEmptyGolden()
    {
        Read("choice", """{"options":["a","b"]}""", """{"id":"_id.$oid","response":"t"}""", """{"_id":{"$oid":"65f"},"t":"x"}""").Key.ShouldBe("65f");
        Read("choice", """{"options":["a","b"]}""", """{"id":"INPUT:id","response":"INPUT:text","known":"GOLDEN:result"}""", """{"INPUT:id":"1","INPUT:text":"x","GOLDEN:result":""}""").KnownAnswer.ShouldBeNull();
    }
}
