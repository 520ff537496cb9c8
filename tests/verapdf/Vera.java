import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Asks veraPDF about each file named: is it PDF/UA-1 and PDF/A-3a? Exits with 1 if one is not. */
public class Vera {
  private static final List<PDFAFlavour> WANTED = List.of(PDFAFlavour.PDFUA_1, PDFAFlavour.PDFA_3_A);

  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    var sound = files.length > 0;
    for (var file : files) {
      for (var flavour : WANTED) {
        var result = validate(Path.of(file), flavour);
        sound &= result.isCompliant();
        var verdict = result.isCompliant() ? "bestanden" : "NICHT BESTANDEN";
        System.out.printf("%-24s %-9s %s (%,d Prüfungen)%n",
            Path.of(file).getFileName(), flavour, verdict, result.getTotalAssertions());
        failures(result).forEach((rule, example) -> System.out.println("    " + rule + ": " + example));
      }
    }
    System.exit(sound ? 0 : 1);
  }

  private static ValidationResult validate(Path file, PDFAFlavour flavour) throws Exception {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file));
        var parser = Foundries.defaultInstance().createParser(stream, flavour);
        var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      return validator.validate(parser);
    }
  }

  /** Each broken rule once, with how often it is broken and the first place. */
  private static Map<String, String> failures(ValidationResult result) {
    var found = new LinkedHashMap<String, String>();
    for (var check : result.getTestAssertions()) {
      if (check.getStatus() == TestAssertion.Status.FAILED) {
        var rule = check.getRuleId();
        found.putIfAbsent(
            rule.getClause() + "-" + rule.getTestNumber() + " (" + result.getFailedChecks().get(rule) + "×)",
            check.getMessage() + " @ " + check.getLocation().getContext());
      }
    }
    return found;
  }
}
