using Dispatch.Contracts;
using Dispatch.Web.Forms;

namespace Dispatch.Web.Tests;

public sealed class AnswerWordsTests
{
    private const string Options = """{"options":[{"key":"1","label":"Yes"},{"key":"2","label":"No"},{"key":"3","label":"Cannot say"}]}""";
    private const string Dimensions = """{"dimensions":["tone",{"name":"help","label":"Helpfulness"}]}""";
    private const string Types = """{"types":["style",{"name":"fact","label":"Wrong fact"}]}""";
    private const string Text = """{"text":"Paris lies on the Rhine."}""";

    [Theory]
    [InlineData("preference", "{}", "{}", """{"choice":"2"}""", "response 2")]
    [InlineData("preference", "{}", "{}", """{"choice":"1","strength":3}""", "response 1, by 3")]
    [InlineData("preference", "{}", "{}", """{"choice":"tie"}""", "a tie")]
    [InlineData("preference", "{}", "{}", """{"accepted":[{"choice":"1"},{"choice":"tie"}],"reason":"Both do."}""", "response 1; or a tie")]
    [InlineData("rating", Dimensions, "{}", """{"ratings":{"help":4,"tone":2}}""", "tone 2, Helpfulness 4")]
    [InlineData("ranking", "{}", "{}", """{"ranking":["2",["1","3"]]}""", "2, then 1 = 3")]
    [InlineData("choice", "{}", Options, """{"choice":"2"}""", "“No”")]
    [InlineData("choice", "{}", Options, """{"choices":["1","3"]}""", "“Yes” and “Cannot say”")]
    [InlineData("choice", "{}", Options, """{"choices":[]}""", "none of these")]
    [InlineData("correction", "{}", Text, """{"text":"Paris lies on the Seine."}""", "“Paris lies on the Seine.”")]
    [InlineData("spans", Types, Text, """{"spans":[{"start":18,"end":23,"type":"fact","severity":"major"},{"start":0,"end":5,"type":"style"}]}""", "“Rhine” as Wrong fact, major; “Paris” as style")]
    [InlineData("spans", Types, Text, """{"spans":[]}""", "nothing to mark")]
    public void Say_UsesWhatWasOnTheScreen(string form, string settings, string content, string answer, string words) =>
        AnswerWords.Say(form, new JsonText(settings), new JsonText(content), new JsonText(answer)).ShouldBe(words);

    [Theory]
    [InlineData("melody", """{"notes":["c"]}""")]
    [InlineData("preference", """{"ratings":{}}""")]
    [InlineData("rating", """{"choice":"1"}""")]
    [InlineData("choice", """{"text":"no"}""")]
    [InlineData("correction", """{"accepted":[{"text":"a"},{"choice":"1"}]}""")]
    public void Say_WhatIsNoAnswerOfTheForm_IsShownAsItIs(string form, string answer) =>
        AnswerWords.Say(form, new JsonText("{}"), new JsonText("{}"), new JsonText(answer)).ShouldBe(answer);

    [Fact]
    public void Say_SpansBeyondTheText_AreCutToIt() =>
        AnswerWords.Say("spans", new JsonText(Types), new JsonText(Text), new JsonText("""{"spans":[{"start":18,"end":999,"type":"fact"}]}""")).ShouldBe("“Rhine.” as Wrong fact");
}
