using System.Globalization;
using System.Text;

namespace Dispatch.LoadTests.Reports;

/// <summary>A line of a plot. A point that is not a number is a gap.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Line plots as inline SVG.</summary>
internal static class SvgPlot
{
    private const double Width = 960, Height = 260, Left = 64, Right = 190, Top = 26, Bottom = 32;
    private static readonly int[] Steps = [1, 2, 5, 10];
    private static readonly string[] Colours = ["#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#0a7ea4", "#953800", "#57606a"];

    /// <param name="across">What the horizontal axis counts.</param>
    /// <param name="series">Lines.</param>
    /// <param name="logarithmic">Powers of ten upwards; what is not above zero has no place there and is a gap.</param>
    /// <param name="marks">Moments to mark.</param>
    public static string Make(string across, IReadOnlyList<Series> series, bool logarithmic, IReadOnlyList<Mark>? marks = null)
    {
        bool Has(double value) => double.IsFinite(value) && (!logarithmic || value > 0);
        var points = series.SelectMany(line => line.Points).ToArray();
        var drawn = points.Where(point => Has(point.Y)).ToArray();
        var svg = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">"));
        if (drawn.Length == 0) return svg.Append("<text x=\"20\" y=\"30\" class=\"axis\">nothing was recorded</text></svg>").ToString();
        double Scale(double value) => logarithmic ? Math.Log10(value) : value;
        var (x0, x1) = (points.Min(point => point.X), points.Max(point => point.X));
        foreach (var mark in marks ?? []) (x0, x1) = (Math.Min(x0, mark.At), Math.Max(x1, mark.At));
        var (y0, y1) = (logarithmic ? Math.Floor(drawn.Min(point => Scale(point.Y))) : 0, drawn.Max(point => Scale(point.Y)));
        if (logarithmic) y1 = Math.Ceiling(y1);
        if (x1 <= x0) x1 = x0 + 1;
        if (y1 <= y0) y1 = y0 + 1;
        double X(double value) => Left + ((value - x0) / (x1 - x0) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - ((Scale(value) - y0) / (y1 - y0) * (Height - Top - Bottom));
        foreach (var tick in logarithmic ? Powers(y0, y1) : Ticks(y0, y1))
        {
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\"/>"))
                .Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{Left - 6}\" y=\"{Y(tick) + 4:0.0}\" text-anchor=\"end\">{tick:#,0.######}</text>"));
        }

        foreach (var tick in Ticks(x0, x1)) svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{X(tick):0.0}\" y=\"{Height - 12}\" text-anchor=\"middle\">{tick:0.###}</text>"));
        svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{Width - Right + 24}\" y=\"{Height - 12}\">{across}</text>"));
        Mark(svg, marks ?? [], X);
        for (var i = 0; i < series.Count; i++)
        {
            var colour = Colours[i % Colours.Length];
            foreach (var run in Runs(series[i].Points, Has)) Line(svg, colour, [.. run.Select(point => (X(point.X), Y(point.Y)))]);
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right + 8}\" y=\"{Top + 12 + (i * 17)}\" fill=\"{colour}\" font-size=\"12\">{HtmlReport.Text(series[i].Name)}</text>"));
        }

        return svg.Append("</svg>").ToString();
    }

    private static void Mark(StringBuilder svg, IReadOnlyList<Mark> marks, Func<double, double> x)
    {
        // Labels take turns on two lines, so that two moments close to each other can both be read.
        const double LineHeight = 11;
        foreach (var (i, mark) in marks.Index())
        {
            var at = x(mark.At);
            var isLate = at > Left + ((Width - Left - Right) * 0.8);
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{at:0.0}\" x2=\"{at:0.0}\" y1=\"{Top - 4}\" y2=\"{Height - Bottom}\"/>"))
                .Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"said\" x=\"{at + (isLate ? -3 : 3):0.0}\" y=\"{10 + (i % 2 * LineHeight)}\" text-anchor=\"{(isLate ? "end" : "start")}\">{HtmlReport.Text(mark.What)}</text>"));
        }
    }

    // A line of one point is not drawn by itself.
    private static void Line(StringBuilder svg, string colour, (double X, double Y)[] points)
    {
        if (points.Length == 1)
        {
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<circle cx=\"{points[0].X:0.0}\" cy=\"{points[0].Y:0.0}\" r=\"1.8\" fill=\"{colour}\"/>"));
            return;
        }

        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.0},{point.Y:0.0}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" points=\"{path}\"/>");
    }

    /// <summary>The stretches of a line between its gaps.</summary>
    private static IEnumerable<IReadOnlyList<(double X, double Y)>> Runs(IReadOnlyList<(double X, double Y)> points, Func<double, bool> has)
    {
        List<(double X, double Y)> run = [];
        foreach (var point in points)
        {
            if (has(point.Y))
            {
                run.Add(point);
                continue;
            }

            if (run.Count > 0) yield return run;
            run = [];
        }

        if (run.Count > 0) yield return run;
    }

    private static IEnumerable<double> Powers(double from, double to)
    {
        for (var power = from; power <= to; power++) yield return Math.Pow(10, power);
    }

    private static IEnumerable<double> Ticks(double from, double to)
    {
        const int Wanted = 6;
        var rough = (to - from) / Wanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Steps.First(multiple => multiple * power >= rough) * power;
        for (var tick = Math.Ceiling(from / step) * step; tick <= to + (step / 1000); tick += step) yield return tick;
    }
}
